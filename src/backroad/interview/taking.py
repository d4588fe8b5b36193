"""An interview being taken, for pages and programs: answers are executed on a thread, outside of transactions."""

import asyncio

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.library import DrillLibrary
from backroad.interview import actions
from backroad.interview.model import Interview, Terms
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.progress import Facts


async def begin(
    db: Database, learner: Learner, curriculum: Curriculum, library: DrillLibrary, terms: Terms
) -> Interview:
    return await db.run(lambda tx: actions.begin(tx, learner, curriculum, library, terms, clock.now()))


async def answer(
    db: Database, learner: Learner, library: DrillLibrary, facts: Facts, number: int, given: object | None
) -> Interview:
    """Keep it; after the last question the interview ends."""
    found = await db.run(lambda tx: actions.answer(tx, learner.id, number, given, clock.now()))
    return found if found.current else await end(db, learner, library, facts, found)


async def end(
    db: Database, learner: Learner, library: DrillLibrary, facts: Facts, interview: Interview | None = None
) -> Interview:
    """The one that is running, unless one is given."""
    found = interview if interview is not None else await db.run(lambda tx: actions.running(tx, learner.id))
    results = await asyncio.to_thread(actions.judged, found, library)
    return await db.run(
        lambda tx: actions.end(tx, learner.id, found.id, results, library=library, now=clock.now(), facts=facts)
    )
