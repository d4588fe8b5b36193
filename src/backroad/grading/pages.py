"""The list of submissions."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect

from backroad.accounts.model import Learner
from backroad.grading import actions
from backroad.grading.estimate import say_place
from backroad.grading.model import OPEN, Place, Submission
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.pages import page
from backroad.labs.library import LabLibrary

FormData = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SHOWN = 50


def _row(item: Submission, place: Place | None, labs: LabLibrary) -> dict[str, Any]:
    return {
        "id": item.id,
        "lab": item.lab,
        "title": labs.get(item.lab).title if item.lab in labs.slugs else item.lab,
        "name": item.name,
        "state": item.state,
        "open": item.state in OPEN,
        "said": item.said,
        "run": item.run,
        "place": say_place(place) if place else "",
        "day": clock.local_day(item.asked_at),
        "time": f"{item.asked_at.astimezone():%H:%M}",
    }


@get("/submissions", include_in_schema=False)
async def submissions_page(
    learner: NamedDependency[Learner], labs: NamedDependency[LabLibrary], db: NamedDependency[Database]
) -> Response[str]:
    def read(tx: Any) -> tuple[list[Submission], dict[str, Place]]:
        items = actions.newest(tx, learner.id, SHOWN)
        return items, actions.places(tx, items)

    items, places = await db.run(read)
    return page(
        "grading/submissions.html",
        nav="labs",
        submissions=[_row(item, places.get(item.id), labs) for item in items],
        waiting=any(item.state in OPEN for item in items),
    )


@post("/submissions/{submission_id:str}", include_in_schema=False)
async def change_submission(
    submission_id: FromPath[str], data: FormData, learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> Redirect:
    if data.get("do") != "cancel":
        raise Problem("There is nothing else to do with a submission.", "Cancel it, or leave it.")
    await db.run(lambda tx: actions.cancel(tx, learner.id, submission_id, clock.now()))
    return Redirect("/submissions", status_code=303)


ROUTES = (submissions_page, change_submission)
