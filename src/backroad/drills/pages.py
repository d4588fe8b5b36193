"""The drill page and the queue of reviews."""

import time
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills import actions
from backroad.drills.grade import from_form
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill
from backroad.drills.view import drill_view, result_view
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.ids import new_id
from backroad.kit.pages import page
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.view import leeches_view

AnyRequest = Request[Any, Any, Any]


def _queue(sent: str) -> tuple[str, int | None]:
    """`reviews-26`: the queue that a drill comes from, and how many are left of it, this one included."""
    name, _, left = sent.partition("-")
    counted = left.isascii() and left.isdecimal() and len(left) < 5
    return ("reviews", int(left) if counted else None) if name == "reviews" else ("", None)


def _context(
    drill: Drill, learner: Learner, curriculum: Curriculum, library: DrillLibrary, sent_from: str
) -> dict[str, Any]:
    queue, _ = _queue(sent_from)
    siblings = library.of_skill(drill.skill)
    return {
        "nav": "reviews" if queue == "reviews" else "road",
        "drill": drill_view(drill, learner=learner.id, seed=clock.today().isoformat()),
        "skill": {"id": drill.skill, "title": curriculum.skills[drill.skill].title},
        "number": siblings.index(drill) + 1,
        "of": len(siblings),
        "queue": queue,
        "sent_from": sent_from,
        "attempt": new_id(),
        "asked_at": int(time.time()),
        "result": None,
        "problem": "",
        "given": {},
        "next": None,
    }


@get("/drills/{skill_id:str}/{name:str}", include_in_schema=False)
async def drill_page(
    skill_id: FromPath[str],
    name: FromPath[str],
    request: AnyRequest,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
) -> Response[str]:
    drill = library.get(f"{skill_id}/{name}")
    sent_from = request.query_params.get("from", "")
    return page("drills/drill.html", **_context(drill, learner, curriculum, library, sent_from))


@post("/drills/{skill_id:str}/{name:str}", include_in_schema=False, status_code=200)
async def answer_drill(
    skill_id: FromPath[str],
    name: FromPath[str],
    request: AnyRequest,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    drill = library.get(f"{skill_id}/{name}")
    form = await request.form()
    fields = [(key, str(value)) for key, value in form.multi_items()]
    sent_from = str(form.get("from", ""))
    queue, left = _queue(sent_from)
    left = left - 1 if left else left
    context = _context(drill, learner, curriculum, library, sent_from)
    now = clock.now()
    try:
        judged = await actions.judged(drill, from_form(fields))
        answered = await db.run(
            lambda tx: actions.answer(
                tx,
                learner.id,
                drill,
                judged,
                seconds=seconds_since(str(form.get("asked_at", ""))),
                now=now,
                facts=facts,
                evidence_id=str(form.get("attempt", ""))[:40],
            )
        )
    except Problem as problem:
        context |= {"problem": str(problem), "given": dict(fields), "asked_at": form.get("asked_at", "")}
        return page("drills/drill.html", status=422, **context)
    if left == 0:
        following = None
    elif queue == "reviews":
        following = await db.run(lambda tx: actions.next_review(tx, learner.id, library, now))
    else:
        following = actions.next_in_skill(library, drill)
    context |= {
        "result": result_view(answered.result, drill),
        "review": answered.review,
        "given": {key: value for key, value in fields if key == "text"},
        "next": _link(following, queue, left),
    }
    return page("drills/drill.html", **context)


def _link(drill: Drill | None, queue: str, left: int | None = None) -> str | None:
    if drill is None:
        return None
    if queue != "reviews":
        return f"/drills/{drill.id}"
    return f"/drills/{drill.id}?from=reviews" + (f"-{left}" if left else "")


def seconds_since(asked_at: str) -> float:
    return time.time() - int(asked_at) if asked_at.isdecimal() and len(asked_at) < 12 else 0.0


@get("/reviews", include_in_schema=False)
async def reviews_page(
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Response[str]:
    today = clock.today()
    due, coming, held, leeches = await db.run(
        lambda tx: (
            progress.due_reviews(tx, learner.id, today),
            progress.forecast(tx, learner.id, today, 14),
            progress.held_back(tx, learner.id, today),
            progress.leeches(tx, learner.id),
        )
    )
    rows = [
        {"id": card.ref, "skill": curriculum.skills[card.skill].title, "skill_id": card.skill, "due": card.due}
        for card in due
        if card.ref in library.by_id
    ]
    return page(
        "drills/reviews.html",
        nav="reviews",
        due=rows,
        held=held,
        leeches=leeches_view((card for card in leeches if card.ref in library.by_id), curriculum),
        coming=sorted(coming.items()),
    )


@get("/reviews/next", include_in_schema=False)
async def next_review(
    request: AnyRequest,
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> Redirect:
    drill = await db.run(lambda tx: actions.next_review(tx, learner.id, library, clock.now()))
    queue, left = _queue(f"reviews-{request.query_params.get('left', '')}")
    return Redirect(_link(drill, queue, left) or "/reviews", status_code=303)


ROUTES = (drill_page, answer_drill, reviews_page, next_review)
