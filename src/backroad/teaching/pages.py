"""Cohorts as pages: the list, a cohort for its instructors and its members, joining. `ROUTES` names the others."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from sqlalchemy import Connection

from backroad.cohorts import actions, figures, invitations, store
from backroad.cohorts.model import Cohort
from backroad.curriculum import Curriculum
from backroad.identity import signing_up
from backroad.identity.model import Access, Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.pages import page
from backroad.kit.paging import read_name, write_name
from backroad.labs.library import LabLibrary
from backroad.planner.outline import LabOutline
from backroad.settings import Settings
from backroad.teaching import actions as teaching
from backroad.teaching import csv, learner_pages, managing_pages, standing_pages, view
from backroad.teaching.content import content_of

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
Outlines = dict[str, LabOutline]
INSTRUCTS = {"role": "instructor"}
SHOWN = 50
STUCK_SHOWN = 15


@get("/cohorts", include_in_schema=False)
async def cohorts_page(
    person: NamedDependency[Person], curriculum: NamedDependency[Curriculum], db: NamedDependency[Database]
) -> Response[str]:
    return await _list(person, curriculum, db, form={}, problem="")


async def _list(
    person: Person, curriculum: Curriculum, db: Database, *, form: dict[str, Any], problem: str
) -> Response[str]:
    def read(tx: Connection) -> tuple[list[Cohort], dict[str, Any], dict[str, int]]:
        found = store.cohorts(tx, person.id, 100, everything=person.role == "admin")
        ids = [one.id for one in found]
        return found, store.instructors(tx, ids), store.member_counts(tx, ids)

    found, named, counts = await db.run(read)
    today = clock.today()
    rows = []
    for one in found:
        there = named[one.id]
        instructs = person.role == "admin" or (
            person.may("instructor") and any(other.person == person.id for other in there)
        )
        by = ", ".join(other.name for other in there)
        learners = counts.get(one.id, 0) if instructs else None
        rows.append({**view.cohort_view(one, curriculum, today), "by": by, "learners": learners})
    blank = {"name": "", "road": "canonical", "start": today.isoformat(), "end": "", "minutes_a_week": ""}
    return page(
        "teaching/cohorts.html",
        status=422 if problem else 200,
        nav="cohorts",
        cohorts=rows,
        may_make=person.may("instructor"),
        form={**blank, **form},
        roads=[{"id": road.id, "title": road.title} for road in curriculum.roads.values()],
        problem=problem,
    )


def typed(data: dict[str, Any], *names: str) -> dict[str, str]:
    return {name: str(data.get(name, ""))[:2_000] for name in names}


@post("/cohorts", include_in_schema=False, opt=INSTRUCTS)
async def make_cohort(
    data: FormData,
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Response[Any]:
    form = typed(data, "name", "road", "start", "end", "minutes_a_week")
    try:
        given = managing_pages.cohort_fields(form)
        made = await db.run(lambda tx: actions.make(tx, person, roads=curriculum.roads, now=clock.now(), **given))
    except Problem as problem:
        return await _list(person, curriculum, db, form=form, problem=str(problem))
    return Redirect(f"/cohorts/{made.id}/settings", status_code=303)


@get("/cohorts/{cohort_id:str}", include_in_schema=False)
async def cohort_page(
    request: Request[Any, Any, Any],
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    labs: NamedDependency[LabLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    content, now = content_of(curriculum, outlines), clock.now()
    asked = request.query_params
    only = asked.get("only", "")
    q = asked.get("q", "")[:80].replace("\0", "")
    choice = figures.Choice(q, only == "stuck", only == "behind", read_name(asked.get("after")))

    def read(tx: Connection) -> dict[str, Any]:
        cohort, instructs = actions.seen(tx, person, cohort_id)
        if not instructs:
            return {"cohort": cohort, "mine": teaching.own_assignments(tx, cohort, person, content)}
        assignments = store.assignments(tx, cohort_id)
        return {
            "cohort": cohort,
            "rows": figures.roster(tx, cohort, content, assignments, now, SHOWN + 1, choice),
            "totals": figures.totals(tx, cohort, content, assignments, now),
            "stuck": figures.stuck_checks(tx, cohort, STUCK_SHOWN),
        }

    found = await db.run(read)
    if "mine" in found:
        return await _member_page(found["cohort"], found["mine"], curriculum, db)
    cohort, rows = found["cohort"], found["rows"]
    last = rows[SHOWN - 1] if len(rows) > SHOWN else None
    return page(
        "teaching/cohort.html",
        nav="cohorts",
        tab="learners",
        cohort=view.cohort_view(cohort, curriculum, clock.local_day(now)),
        totals=found["totals"],
        rows=[view.row_view(row, cohort) for row in rows[:SHOWN]],
        stuck=view.stuck_view(found["stuck"], labs, clock.local_day(now)),
        q=q,
        only=only,
        more=write_name(last.folded, last.learner) if last else "",
    )


async def _member_page(
    cohort: Cohort, mine: list[teaching.OwnAssignment], curriculum: Curriculum, db: Database
) -> Response[str]:
    named = await db.run(lambda tx: actions.instructors_of(tx, cohort.id))
    today = clock.today()
    return page(
        "teaching/member.html",
        nav="cohorts",
        cohort=view.cohort_view(cohort, curriculum, today),
        by=[one.name for one in named],
        assignments=[
            {
                **view.assignment_view(one.assignment, int(one.done), today),
                "titles": [
                    {"id": skill, "title": curriculum.skills[skill].title}
                    for skill in one.skills
                    if skill in curriculum.skills
                ],
            }
            for one in mine
        ],
    )


@post("/cohorts/{cohort_id:str}/leave", include_in_schema=False)
async def leave(cohort_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]) -> Redirect:
    await db.run(lambda tx: actions.leave(tx, person, cohort_id, clock.now()))
    return Redirect("/cohorts", status_code=303)


@get("/cohorts/{cohort_id:str}/standing.csv", include_in_schema=False, opt=INSTRUCTS)
async def standing_file(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> Response[bytes]:
    content = content_of(curriculum, outlines)
    _, text = await db.run(lambda tx: csv.written(tx, person, cohort_id, content, clock.now()))
    headers = {
        "content-disposition": f'attachment; filename="cohort-{clock.today().isoformat()}.csv"',
        "cache-control": "no-store",
    }
    # The mark tells spreadsheets that it is UTF-8.
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@get("/join/{token:str}", include_in_schema=False, opt={"public": True})
async def join_page(
    request: Request[Any, Any, Any],
    token: FromPath[str],
    curriculum: NamedDependency[Curriculum],
    settings: NamedDependency[Settings],
    db: NamedDependency[Database],
) -> Response[str]:
    """Also for who has no account yet: the link lets them make one."""
    access: Access | None = request.scope.get("access")  # type: ignore[assignment]

    def read(tx: Connection) -> tuple[Cohort, list[str], bool]:
        cohort, _ = invitations.invited_to(tx, token, clock.now())
        there = access is not None and store.learns(tx, access.person.id, cohort.id)
        return cohort, [one.name for one in actions.instructors_of(tx, cohort.id)], there

    cohort, named, there = await db.run(read)
    now = clock.now()
    given = "" if access else signing_up.write_pass(settings, f"cohort {cohort.id}", now)
    return page(
        "teaching/join.html",
        cohort=view.cohort_view(cohort, curriculum, clock.today()),
        by=named,
        token=token,
        given=given,
        signed_in=access is not None,
        there=there,
    )


@post("/join/{token:str}", include_in_schema=False)
async def join(
    token: FromPath[str],
    data: FormData,
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Redirect:
    def go(tx: Connection) -> tuple[str, bool]:
        now = clock.now()
        cohort = invitations.join(tx, person, token, now)
        if data.get("follow"):
            return cohort.id, teaching.follow(tx, person, cohort, tuple(curriculum.roads), now)
        return cohort.id, True

    cohort_id, set_up = await db.run(go)
    return Redirect(f"/cohorts/{cohort_id}" if set_up else "/setup", status_code=303)


ROUTES = (
    cohorts_page,
    make_cohort,
    cohort_page,
    leave,
    standing_file,
    join_page,
    join,
    *standing_pages.ROUTES,
    *managing_pages.ROUTES,
    *learner_pages.ROUTES,
)
