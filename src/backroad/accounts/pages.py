"""The first visit and the settings."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from backroad.accounts import actions
from backroad.accounts.model import (
    LANGUAGE_NAMES,
    RETENTION,
    RETENTIONS,
    REVIEWS_A_DAY,
    STUDY_FROM,
    WEEKDAYS,
    Learner,
)
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
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
    "study_from": STUDY_FROM,
    "retention": RETENTION,
    "reviews_a_day": REVIEWS_A_DAY,
    "break_from": "",
    "break_to": "",
}
ONLY_IN_SETTINGS = ("study_from", "retention", "reviews_a_day", "break_from", "break_to")
"""Not asked at the first visit."""


def _choices(curriculum: Curriculum) -> dict[str, Any]:
    return {
        "weekdays": WEEKDAYS,
        "languages": list(LANGUAGE_NAMES.items()),
        "roads": [
            {
                "id": road.id,
                "title": road.title,
                "months": road.months,
                "skills": len(road.skills),
                "own": road.id in curriculum.own_roads,
            }
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
        "study_from": learner.study_from,
        "retention": learner.retention,
        "reviews_a_day": learner.reviews_a_day,
        "break_from": "",
        "break_to": "",
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
        **{name: str(form.get(name, FIRST_FORM[name])) for name in ONLY_IN_SETTINGS},
    }


async def _save(db: Database, curriculum: Curriculum, person: Person, form: dict[str, Any]) -> Learner:
    minutes = [number_of(text, "minutes") for text in form["minutes"]]
    start = day_of(form["start"], "first day")
    deadline = day_of(form["deadline"], "deadline") if form["deadline"] else None
    retention, reviews_a_day = number_of(form["retention"], "to remember"), number_of(form["reviews_a_day"], "reviews")
    days_off = (*actions.parse_days(form["days_off"]), *_break(form))
    return await db.run(
        lambda tx: actions.settle(
            tx,
            road=form["road"],
            roads=curriculum.roads.keys(),
            language=form["language"],
            minutes=minutes,
            start=start,
            days_off=days_off,
            deadline=deadline,
            drop_optional=form["drop_optional"],
            study_from=form["study_from"],
            retention=retention,
            reviews_a_day=reviews_a_day,
            now=clock.now(),
            learner_id=person.id,
        )
    )


def _break(form: dict[str, Any]) -> tuple[date, ...]:
    if not form["break_from"] and not form["break_to"]:
        return ()
    return actions.break_days(day_of(form["break_from"], "break from"), day_of(form["break_to"], "break to"))


@get("/setup", include_in_schema=False)
async def setup_page(
    person: NamedDependency[Person], db: NamedDependency[Database], curriculum: NamedDependency[Curriculum]
) -> Response[Any]:
    if await db.run(lambda tx: actions.is_set_up(tx, person.id)):
        return Redirect("/settings", status_code=303)
    form = {**FIRST_FORM, "start": clock.today().isoformat()}
    return page("accounts/setup.html", form=form, problem="", **_choices(curriculum))


@post("/setup", include_in_schema=False)
async def setup(
    data: FormData,
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    curriculum: NamedDependency[Curriculum],
) -> Response[Any]:
    form = _submitted(data)
    try:
        await _save(db, curriculum, person, form)
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
    return _settings(
        request,
        learner,
        curriculum,
        form=form_of(learner),
        problem="",
        saved="saved" in request.query_params,
        renewed="renewed" in request.query_params,
        no_cards="no-cards" in request.query_params,
        database_file=database_file,
    )


def _settings(
    request: Request[Any, Any, Any], learner: Learner, curriculum: Curriculum, *, status: int = 200, **context: Any
) -> Response[str]:
    feed = f"{str(request.base_url).rstrip('/')}/calendar/{learner.calendar_token}.ics"
    retentions = list(RETENTIONS)
    choices = _choices(curriculum)
    return page(
        "accounts/settings.html", status=status, nav="settings", feed=feed, retentions=retentions, **context, **choices
    )


@post("/settings", include_in_schema=False)
async def save_settings(
    request: Request[Any, Any, Any],
    data: FormData,
    person: NamedDependency[Person],
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    curriculum: NamedDependency[Curriculum],
    database_file: NamedDependency[str],
) -> Response[Any]:
    form = _submitted(data)
    try:
        await _save(db, curriculum, person, form)
    except Problem as problem:
        context = {"form": form, "problem": str(problem), "saved": False, "renewed": False, "no_cards": False}
        return _settings(request, learner, curriculum, status=422, database_file=database_file, **context)
    return Redirect("/settings?saved", status_code=303)


@post("/settings/calendar", include_in_schema=False)
async def renew_calendar(learner: NamedDependency[Learner], db: NamedDependency[Database]) -> Redirect:
    await db.run(lambda tx: actions.renew_calendar(tx, learner))
    return Redirect("/settings?renewed#calendar", status_code=303)


ROUTES = (setup_page, setup, settings_page, save_settings, renew_calendar)
