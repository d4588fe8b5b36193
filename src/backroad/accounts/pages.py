"""The first visit and the settings."""

from collections.abc import Mapping
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from backroad.accounts import actions
from backroad.accounts.model import LANGUAGE_NAMES, WEEKDAYS, Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.forms import day_of, number_of
from backroad.kit.pages import page

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
FIRST_FORM: dict[str, Any] = {
    "minutes": [60, 60, 60, 60, 60, 120, 0],
    "days_off": "",
    "language": "python",
    "road": "canonical",
    "deadline": "",
    "drop_optional": False,
}


def _choices(curriculum: Curriculum) -> dict[str, Any]:
    return {
        "weekdays": WEEKDAYS,
        "languages": list(LANGUAGE_NAMES.items()),
        "roads": [
            {"id": road.id, "title": road.title, "months": road.months, "skills": len(road.skills)}
            for road in curriculum.roads.values()
        ],
    }


def form_of(learner: Learner) -> dict[str, Any]:
    return {
        "minutes": list(learner.minutes),
        "start": learner.start.isoformat(),
        "days_off": actions.format_days(learner.days_off),
        "language": learner.language,
        "road": learner.road,
        "deadline": learner.deadline.isoformat() if learner.deadline else "",
        "drop_optional": learner.drop_optional,
    }


def _submitted(form: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as it was typed, so that a mistake does not empty the form."""
    minutes = form.get("minutes", [])
    minutes = [*minutes, *[""] * 7][:7] if isinstance(minutes, list) else [str(minutes), *[""] * 6]
    return {
        "minutes": minutes,
        "start": str(form.get("start", "")),
        "days_off": str(form.get("days_off", ""))[:20_000],
        "language": str(form.get("language", "")),
        "road": str(form.get("road", "")),
        "deadline": str(form.get("deadline", "")),
        "drop_optional": bool(form.get("drop_optional")),
    }


async def _save(db: Database, curriculum: Curriculum, form: dict[str, Any]) -> Learner:
    minutes = [number_of(text, "minutes") for text in form["minutes"]]
    start = day_of(form["start"], "first day")
    deadline = day_of(form["deadline"], "deadline") if form["deadline"] else None
    return await db.run(
        lambda tx: actions.settle(
            tx,
            road=form["road"],
            roads=curriculum.roads.keys(),
            language=form["language"],
            minutes=minutes,
            start=start,
            days_off=actions.parse_days(form["days_off"]),
            deadline=deadline,
            drop_optional=form["drop_optional"],
            now=clock.now(),
        )
    )


@get("/setup", include_in_schema=False)
async def setup_page(db: NamedDependency[Database], curriculum: NamedDependency[Curriculum]) -> Response[Any]:
    if await db.run(actions.is_set_up):
        return Redirect("/settings", status_code=303)
    form = {**FIRST_FORM, "start": clock.today().isoformat()}
    return page("accounts/setup.html", form=form, problem="", **_choices(curriculum))


@post("/setup", include_in_schema=False)
async def setup(
    data: FormData, db: NamedDependency[Database], curriculum: NamedDependency[Curriculum]
) -> Response[Any]:
    form = _submitted(data)
    try:
        await _save(db, curriculum, form)
    except Problem as problem:
        context = {"form": form, "problem": str(problem), **_choices(curriculum)}
        return page("accounts/setup.html", status=422, **context)
    return Redirect("/", status_code=303)


@get("/settings", include_in_schema=False)
async def settings_page(
    request: Request[Any, Any, Any],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    database_file: NamedDependency[str],
) -> Response[str]:
    return page(
        "accounts/settings.html",
        nav="settings",
        form=form_of(learner),
        problem="",
        saved="saved" in request.query_params,
        database_file=database_file,
        **_choices(curriculum),
    )


@post("/settings", include_in_schema=False)
async def save_settings(
    data: FormData,
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    curriculum: NamedDependency[Curriculum],
    database_file: NamedDependency[str],
) -> Response[Any]:
    form = _submitted(data)
    try:
        await _save(db, curriculum, form)
    except Problem as problem:
        context = {"form": form, "problem": str(problem), "saved": False, "database_file": database_file}
        return page("accounts/settings.html", status=422, nav="settings", **context, **_choices(curriculum))
    return Redirect("/settings?saved", status_code=303)


ROUTES = (setup_page, setup, settings_page, save_settings)
