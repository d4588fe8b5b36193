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

AnyRequest = Request[Any, Any, Any]


def _context(
    drill: Drill, learner: Learner, curriculum: Curriculum, library: DrillLibrary, queue: str
) -> dict[str, Any]:
    siblings = library.of_skill(drill.skill)
    return {
        "nav": "reviews" if queue == "reviews" else "road",
        "drill": drill_view(drill, learner=learner.id, seed=clock.today().isoformat()),
        "skill": {"id": drill.skill, "title": curriculum.skills[drill.skill].title},
        "number": siblings.index(drill) + 1,
        "of": len(siblings),
        "queue": queue,
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
    queue = request.query_params.get("from", "")
    return page("drills/drill.html", **_context(drill, learner, curriculum, library, queue))


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
    queue = str(form.get("from", ""))
    context = _context(drill, learner, curriculum, library, queue)
    now = clock.now()
    try:
        given = from_form(_placed(fields))
        answered = await db.run(
            lambda tx: actions.answer(
                tx,
                learner.id,
                drill,
                given,
                seconds=_seconds_since(str(form.get("asked_at", ""))),
                now=now,
                facts=facts,
                evidence_id=str(form.get("attempt", ""))[:40],
            )
        )
    except Problem as problem:
        context |= {"problem": str(problem), "given": dict(fields), "asked_at": form.get("asked_at", "")}
        return page("drills/drill.html", status=422, **context)
    if queue == "reviews":
        following = await db.run(lambda tx: actions.next_review(tx, learner.id, library, now))
    else:
        following = actions.next_in_skill(library, drill)
    context |= {
        "result": result_view(answered.result, drill),
        "review": answered.review,
        "given": {key: value for key, value in fields if key == "text"},
        "next": _link(following, queue),
    }
    return page("drills/drill.html", **context)


def _link(drill: Drill | None, queue: str) -> str | None:
    if drill is None:
        return None
    return f"/drills/{drill.id}" + ("?from=reviews" if queue == "reviews" else "")


def _placed(fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """`place.<key>=3` fields, one for each line to order, become `order=<key>` fields in that order."""
    places = [(value, name.removeprefix("place.")) for name, value in fields if name.startswith("place.")]
    if len({value for value, _ in places}) < len(places):
        raise Problem("Two lines have the same place.", "Give each line a place of its own.")
    in_order = sorted(places, key=lambda place: int(place[0]) if place[0].isdecimal() and len(place[0]) < 4 else 0)
    return [*fields, *(("order", key) for _, key in in_order)]


def _seconds_since(asked_at: str) -> float:
    return time.time() - int(asked_at) if asked_at.isdecimal() and len(asked_at) < 12 else 0.0


@get("/reviews", include_in_schema=False)
async def reviews_page(
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Response[str]:
    today = clock.today()
    due, coming = await db.run(
        lambda tx: (progress.due_reviews(tx, learner.id, today), progress.forecast(tx, learner.id, today, 14))
    )
    rows = [
        {"id": card.ref, "skill": curriculum.skills[card.skill].title, "skill_id": card.skill, "due": card.due}
        for card in due
        if card.ref in library.by_id
    ]
    return page("drills/reviews.html", nav="reviews", due=rows, coming=sorted(coming.items()))


@get("/reviews/next", include_in_schema=False)
async def next_review(
    learner: NamedDependency[Learner], library: NamedDependency[DrillLibrary], db: NamedDependency[Database]
) -> Redirect:
    drill = await db.run(lambda tx: actions.next_review(tx, learner.id, library, clock.now()))
    return Redirect(_link(drill, "reviews") or "/reviews", status_code=303)


ROUTES = (drill_page, answer_drill, reviews_page, next_review)
