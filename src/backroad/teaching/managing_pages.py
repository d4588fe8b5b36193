"""What instructors set: the cohort itself, invitations, instructors, assignments."""

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from sqlalchemy import Connection

from backroad.cohorts import actions, assigning, figures, invitations, store
from backroad.cohorts.model import Content, Kind
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.forms import day_of, number_of
from backroad.kit.pages import page
from backroad.planner.outline import LabOutline
from backroad.settings import Settings
from backroad.teaching import view
from backroad.teaching.content import areas_of, content_of

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Outlines = dict[str, LabOutline]
INSTRUCTS = {"role": "instructor"}


def cohort_fields(form: Mapping[str, str]) -> dict[str, Any]:
    return {
        "name": form["name"],
        "road": form["road"],
        "start": day_of(form["start"], "first day"),
        "end": day_of(form["end"], "last day"),
        "minutes_a_week": number_of(form["minutes_a_week"] or "0", "minutes a week"),
    }


@get("/cohorts/{cohort_id:str}/settings", include_in_schema=False, opt=INSTRUCTS)
async def settings_page(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Response[str]:
    return await _settings(cohort_id, person, curriculum, db)


async def _settings(
    cohort_id: str,
    person: Person,
    curriculum: Curriculum,
    db: Database,
    *,
    form: dict[str, str] | None = None,
    problem: str = "",
    link: str = "",
) -> Response[str]:
    def read(tx: Connection) -> tuple[Any, ...]:
        cohort = actions.taught(tx, person, cohort_id)
        return cohort, store.invitations(tx, cohort_id), actions.instructors_of(tx, cohort_id)

    cohort, links, named = await db.run(read)
    now = clock.now()
    saved = {name: str(getattr(cohort, name)) for name in ("name", "road", "start", "end", "minutes_a_week")}
    return page(
        "teaching/settings.html",
        status=422 if problem else 200,
        nav="cohorts",
        tab="settings",
        cohort=view.cohort_view(cohort, curriculum, clock.local_day(now)),
        form=form or saved,
        roads=[{"id": road.id, "title": road.title} for road in curriculum.roads.values()],
        invitations=[view.invitation_view(one, now) for one in links],
        instructors=[{"id": one.person, "name": one.name} for one in named],
        me=person.id,
        link=link,
        problem=problem,
    )


@post("/cohorts/{cohort_id:str}/settings", include_in_schema=False, opt=INSTRUCTS)
async def save_settings(
    cohort_id: FromPath[str],
    data: FormData,
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    settings: NamedDependency[Settings],
    db: NamedDependency[Database],
) -> Response[Any]:
    """One button each: `do` says which."""
    now, do = clock.now(), str(data.get("do", "save"))

    def act(tx: Connection) -> str:
        match do:
            case "archive" | "resume":
                actions.change(tx, person, cohort_id, curriculum.roads, now, archived=do == "archive")
            case "invite":
                cohort = actions.taught(tx, person, cohort_id, going_on=True)
                days, uses = number_of(data.get("days"), "days"), number_of(data.get("uses"), "learners")
                _, token = invitations.invite(tx, cohort, person, days=days, uses=uses, now=now)
                return f"{settings.base_url}{invitations.path_of(token)}"
            case "revoke":
                cohort = actions.taught(tx, person, cohort_id)
                invitations.revoke(tx, cohort, person, str(data.get("id", "")), now)
            case "add":
                actions.add_instructor(tx, person, cohort_id, str(data.get("email", "")), now)
            case "remove":
                actions.remove_instructor(tx, person, cohort_id, str(data.get("id", "")), now)
            case _:
                actions.change(tx, person, cohort_id, curriculum.roads, now, **cohort_fields(form))
        return ""

    form = {name: str(data.get(name, ""))[:200] for name in ("name", "road", "start", "end", "minutes_a_week")}
    try:
        link = await db.run(act)
    except Problem as problem:
        if problem.status == 404:
            raise
        kept = form if do == "save" else None
        return await _settings(cohort_id, person, curriculum, db, form=kept, problem=str(problem))
    if link:  # shown once, so there is no page to lead to
        return await _settings(cohort_id, person, curriculum, db, link=link)
    return Redirect(f"/cohorts/{cohort_id}/settings", status_code=303)


@get("/cohorts/{cohort_id:str}/assignments", include_in_schema=False, opt=INSTRUCTS)
async def assignments_page(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> Response[str]:
    return await _assignments(cohort_id, person, curriculum, content_of(curriculum, outlines), db)


async def _assignments(
    cohort_id: str,
    person: Person,
    curriculum: Curriculum,
    content: Content,
    db: Database,
    *,
    form: Mapping[str, Any] | None = None,
    problem: str = "",
) -> Response[str]:
    def read(tx: Connection) -> tuple[Any, ...]:
        cohort = actions.taught(tx, person, cohort_id)
        found = store.assignments(tx, cohort_id)
        done = figures.assignments_done(tx, cohort, content, found)
        return cohort, found, done, store.member_counts(tx, [cohort_id]).get(cohort_id, 0)

    cohort, found, done, learners = await db.run(read)
    today = clock.today()
    areas = areas_of(curriculum, content.roads.get(cohort.road, ((), ()))[0])
    return page(
        "teaching/assignments.html",
        status=422 if problem else 200,
        nav="cohorts",
        tab="assignments",
        cohort=view.cohort_view(cohort, curriculum, today),
        assignments=[view.assignment_view(one, number, today) for one, number in zip(found, done, strict=True)],
        learners=learners,
        labs=[
            {"slug": slug, "title": lab.title, "stages": list(range(1, len(lab.stages) + 1))}
            for slug, lab in content.labs.items()
        ],
        areas=[
            {
                "title": curriculum.areas[area].title,
                "skills": [{"id": one, "title": curriculum.skills[one].title} for one in skills],
            }
            for area, skills in areas.items()
        ],
        form=form or {"title": "", "deadline": "", "work": "", "skills": []},
        problem=problem,
    )


@post("/cohorts/{cohort_id:str}/assignments", include_in_schema=False, opt=INSTRUCTS)
async def save_assignment(
    cohort_id: FromPath[str],
    data: FormData,
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> Response[Any]:
    content, now, do = content_of(curriculum, outlines), clock.now(), str(data.get("do", "assign"))
    ticked = data.get("skills", [])
    skills = [str(one) for one in ticked] if isinstance(ticked, list) else [str(ticked)]
    form = {name: str(data.get(name, ""))[:200] for name in ("title", "deadline", "work")}

    def act(tx: Connection) -> None:
        assignment_id = str(data.get("id", ""))
        if do == "remove":
            assigning.remove(tx, person, cohort_id, assignment_id)
            return
        deadline = day_of(form["deadline"], "deadline")
        if do == "change":
            assigning.change(tx, person, cohort_id, assignment_id, deadline=deadline)
            return
        given = _work(form["work"], skills)
        assigning.assign(
            tx, person, cohort_id, content, now, deadline=deadline, title=form["title"], **msgspec.structs.asdict(given)
        )

    try:
        await db.run(act)
    except Problem as problem:
        if problem.status == 404:
            raise
        kept = {**form, "skills": skills} if do == "assign" else None
        return await _assignments(cohort_id, person, curriculum, content, db, form=kept, problem=str(problem))
    return Redirect(f"/cohorts/{cohort_id}/assignments", status_code=303)


class Work(msgspec.Struct, frozen=True):
    kind: Kind
    lab: str = ""
    stage: int = 0
    skills: tuple[str, ...] = ()


def _work(chosen: str, skills: list[str]) -> Work:
    """What the form's choice says: `skills`, `lab:shortener`, or `stage:shortener:2`."""
    kind, _, rest = chosen.partition(":")
    slug, _, number = rest.partition(":")
    if kind == "lab":
        return Work("lab", lab=slug)
    if kind == "stage":
        return Work("stage", lab=slug, stage=number_of(number, "stage"))
    return Work("skills", skills=tuple(skills))


ROUTES = (settings_page, save_settings, assignments_page, save_assignment)
