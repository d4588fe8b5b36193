"""The downloads: everything, drills as cards, drills as questions."""

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import IO, Annotated, Any

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect, Stream

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.curriculum.own import own_dir
from backroad.drills.library import DrillLibrary
from backroad.exchange import actions, intake
from backroad.exchange.anki import Which, anki_name, choose, skills_for, write_anki
from backroad.exchange.manifest import file_name
from backroad.exchange.quiz import quiz_of, selected
from backroad.exchange.quiz_file import QuizFormat, quiz_name, write_quiz
from backroad.identity.model import Access
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.limits import Limits
from backroad.kit.pages import page
from backroad.progress import Facts

_IN_MEMORY = 8 << 20
_AT_ONCE = 1 << 18


@get("/export", include_in_schema=False)
async def export(access: NamedDependency[Access], db: NamedDependency[Database], home: NamedDependency[Path]) -> Stream:
    return await account_file(access, db, home)


async def account_file(access: Access, db: Database, home: Path) -> Stream:
    now = clock.now()
    own = own_dir(home) if access.via == "local" else None  # a server's own content is not this person's

    async def fill(file: IO[bytes]) -> None:
        await db.run(lambda tx: actions.export_account(tx, access.person.id, file, now, own))

    return await _download(file_name(now), "application/zip", fill)


@post("/import", include_in_schema=False, request_max_body_size=intake.MOST_BYTES + (1 << 16))
async def take_in(
    data: Annotated[dict[str, Any], Body(media_type=RequestEncodingType.MULTI_PART)],
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    limits: NamedDependency[Limits],
    facts: NamedDependency[Facts],
) -> Response[Any]:
    file = data.get("file")
    if not isinstance(file, UploadFile):
        raise Problem("No file was sent.", "Choose the zip of an export.")
    await limits.hit(intake.UPLOADS, access.person.id)
    imported = await intake.take_in(db, access, file.file, facts)
    return page("exchange/imported.html", nav="settings", added=imported.added, kept=imported.kept)


@get("/export/anki", include_in_schema=False)
async def export_cards(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
    skills: FromQuery[Which] = "begun",
) -> Stream | Redirect:
    try:
        return await cards_file(learner, curriculum, library, db, skills)
    except NotFound:
        return Redirect("/settings?no-cards#data", status_code=303)


async def cards_file(
    learner: Learner, curriculum: Curriculum, library: DrillLibrary, db: Database, skills: Which
) -> Stream:
    """NotFound where there is no drill that can be a card."""
    now = clock.now()
    wanted = await db.run(lambda tx: skills_for(tx, learner.id, skills, curriculum, now))
    chosen = await asyncio.to_thread(choose, curriculum, library, wanted)

    async def fill(file: IO[bytes]) -> None:
        await asyncio.to_thread(write_anki, chosen.decks, file, now)

    return await _download(anki_name(now), "application/octet-stream", fill)


@get("/export/quiz/{form:str}", include_in_schema=False)
async def export_questions(
    form: FromPath[QuizFormat],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    road: FromQuery[str] = "",
    area: FromQuery[str] = "",
    skill: FromQuery[str] = "",
) -> Stream:
    """`skill` may name several, parted by commas."""
    skills = tuple(filter(None, skill.split(",")))
    quiz = await asyncio.to_thread(
        lambda: quiz_of(curriculum, library, selected(curriculum, road=road, area=area, skills=skills))
    )

    async def fill(file: IO[bytes]) -> None:
        await asyncio.to_thread(lambda: file.writelines(write_quiz(quiz, form)))

    media_type = "application/xml" if form == "moodle" else "text/plain; charset=utf-8"
    return await _download(quiz_name(form, clock.now()), media_type, fill)


async def _download(name: str, media_type: str, fill: Callable[[IO[bytes]], Awaitable[None]]) -> Stream:
    """The file is written whole before the first byte is sent, so that a failure is not half a download."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    try:
        await fill(file)
        file.seek(0, os.SEEK_END)
        size = file.tell()
    except BaseException:
        file.close()
        raise
    headers = {
        "content-disposition": f'attachment; filename="{name}"',
        "content-length": str(size),
        "cache-control": "no-store",
    }
    return Stream(_pieces(file), media_type=media_type, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_AT_ONCE):
            yield piece


ROUTES = (export, take_in, export_cards, export_questions)
