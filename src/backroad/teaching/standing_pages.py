"""The matrix of learners and skills, and how a lab goes, check by check."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy import Connection

from backroad.cohorts import actions, figures, store
from backroad.cohorts.model import Cohort
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.kit.pages import page
from backroad.kit.paging import read_name, write_name
from backroad.labs.library import LabLibrary
from backroad.planner.outline import LabOutline
from backroad.teaching import view
from backroad.teaching.content import areas_of, content_of

Outlines = dict[str, LabOutline]
INSTRUCTS = {"role": "instructor"}
SHOWN = 40
STUCK_SHOWN = 50


@get("/cohorts/{cohort_id:str}/standing", include_in_schema=False, opt=INSTRUCTS)
async def standing_page(
    request: Request[Any, Any, Any],
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Response[str]:
    area, after = request.query_params.get("area", ""), read_name(request.query_params.get("after"))

    def read(tx: Connection) -> tuple[Cohort, dict[str, list[str]], list[figures.Named], list[dict[str, Any]]]:
        cohort = actions.taught(tx, person, cohort_id)
        road = curriculum.roads.get(cohort.road)
        areas = areas_of(curriculum, road.skills if road else ())
        people = figures.names(tx, cohort, SHOWN + 1, after)
        ids = [one.learner for one in people[:SHOWN]]
        if area in areas:
            rows = view.skill_matrix(people[:SHOWN], figures.levels(tx, ids, areas[area]), areas[area])
        else:
            rows = view.area_matrix(people[:SHOWN], figures.area_counts(tx, ids, areas), areas)
        return cohort, areas, people, rows

    cohort, areas, people, rows = await db.run(read)
    if area and area not in areas:
        raise NotFound(f"The road has no area called {area[:40]!r}.")
    last = people[SHOWN - 1] if len(people) > SHOWN else None
    return page(
        "teaching/standing.html",
        nav="cohorts",
        tab="standing",
        cohort=view.cohort_view(cohort, curriculum, clock.today()),
        area=area,
        areas=[{"id": one, "title": curriculum.areas[one].title} for one in areas],
        skills=[{"id": one, "title": curriculum.skills[one].title} for one in areas.get(area, ())],
        rows=rows,
        more=write_name(last.folded, last.learner) if last else "",
    )


@get("/cohorts/{cohort_id:str}/labs", include_in_schema=False, opt=INSTRUCTS)
async def labs_page(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> Response[str]:
    """The labs of the road, and those that are assigned."""
    content = content_of(curriculum, outlines)

    def read(tx: Connection) -> tuple[Cohort, list[str], dict[str, figures.LabTried]]:
        cohort = actions.taught(tx, person, cohort_id)
        assigned = [one.lab for one in store.assignments(tx, cohort_id) if one.lab]
        slugs = dict.fromkeys((*content.roads.get(cohort.road, ((), ()))[1], *assigned))
        known = {slug: content.labs[slug] for slug in slugs if slug in content.labs}
        return cohort, list(known), figures.labs_tried(tx, cohort, known)

    cohort, slugs, tried = await db.run(read)
    return page(
        "teaching/labs.html",
        nav="cohorts",
        tab="labs",
        cohort=view.cohort_view(cohort, curriculum, clock.today()),
        labs=[
            {
                "slug": slug,
                "title": content.labs[slug].title,
                "stages": len(content.labs[slug].stages),
                "begun": tried[slug].begun,
                "finished": tried[slug].finished,
            }
            for slug in slugs
        ],
    )


@get("/cohorts/{cohort_id:str}/labs/{slug:str}", include_in_schema=False, opt=INSTRUCTS)
async def lab_page(
    cohort_id: FromPath[str],
    slug: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    labs: NamedDependency[LabLibrary],
    db: NamedDependency[Database],
) -> Response[str]:
    lab = content_of(curriculum, outlines).labs.get(slug)

    def read(tx: Connection) -> dict[str, Any]:
        cohort = actions.taught(tx, person, cohort_id)
        if lab is None:
            raise NotFound(f"There is no lab called {slug[:80]!r}.")
        return {
            "cohort": cohort,
            "learners": store.member_counts(tx, [cohort_id]).get(cohort_id, 0),
            "stages": view.lab_view(
                slug, lab, labs, figures.lab_checks(tx, cohort, lab), figures.stages_finished(tx, cohort, lab)
            ),
            "stuck": figures.stuck_checks(tx, cohort, STUCK_SHOWN, lab=slug),
        }

    found = await db.run(read)
    today = clock.today()
    return page(
        "teaching/lab.html",
        nav="cohorts",
        tab="labs",
        cohort=view.cohort_view(found["cohort"], curriculum, today),
        lab={"slug": slug, "title": lab.title if lab else slug},
        learners=found["learners"],
        stages=found["stages"],
        stuck=view.stuck_view(found["stuck"], labs, today),
    )


ROUTES = (standing_page, labs_page, lab_page)
