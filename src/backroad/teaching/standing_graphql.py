"""How a cohort's learners stand, over GraphQL. Each field reads one cohort, and is for its instructors."""

from datetime import datetime

import strawberry

from backroad.cohorts import actions as cohorts
from backroad.cohorts import figures
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.graphql.context import Info, copied, field, page_size, sized
from backroad.kit.paging import read_name, write_name
from backroad.progress.graphql import Level
from backroad.teaching import actions
from backroad.teaching.assignment_graphql import content_for
from backroad.teaching.entries import learner_entry
from backroad.teaching.standing_api import lab_figures

HEAVY = 10
"""Figures are sums over all that learners did."""


@strawberry.type(description="A learner of a cohort, and how they stand.")
class CohortLearner:
    learner: strawberry.ID
    name: str
    joined_at: datetime
    done: int = strawberry.field(description="Per cent of the road.")
    expected: int = strawberry.field(description="Per cent of the cohort's days that are over.")
    week_minutes: int = strawberry.field(description="Spent in the last seven days.")
    active_at: datetime | None
    stuck_on: int = strawberry.field(description="Checks that failed in three runs or more and have not passed since.")
    overdue: int = strawberry.field(description="Assignments whose day is over and that are not done.")
    behind: bool
    stuck: bool


@strawberry.type
class CohortLearnerPage:
    items: list[CohortLearner] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type
class SkillLevel:
    skill: strawberry.ID
    level: Level


@strawberry.type(description="The skills of the cohort's road for which a learner has evidence; the others are new.")
class CohortStanding:
    learner: strawberry.ID
    name: str
    skills: list[SkillLevel]


@strawberry.type
class CohortStandingPage:
    items: list[CohortStanding] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type(description="A check that failed in three runs or more, and has not passed since.")
class StuckCheck:
    learner: strawberry.ID
    name: str
    check: str = strawberry.field(description="`lab/check id`.")
    runs: int
    since: datetime


@strawberry.type(description="How a check goes in a cohort: in learners, and in runs of all of them together.")
class CohortCheck:
    check: str
    tried: int
    passed: int
    failed: int
    runs: int


@strawberry.type
class CohortStage:
    number: int
    finished: int = strawberry.field(description="Learners.")
    checks: list[CohortCheck]


@strawberry.type(description="How a lab goes in a cohort.")
class CohortLab:
    lab: strawberry.ID
    learners: int
    stages: list[CohortStage]


@strawberry.type
class Query:
    @field("The learners of a cohort, by name; `q` is a piece of the name.", cost=HEAVY, role="instructor")
    async def cohort_learners(
        self,
        info: Info,
        cohort: strawberry.ID,
        first: int = 20,
        after: str | None = None,
        q: str = "",
        stuck: bool = False,
        behind: bool = False,
    ) -> CohortLearnerPage:
        size, choice = page_size(first), figures.Choice(q, stuck, behind, read_name(after))
        person, content, now = info.context.part(Person), content_for(info), clock.now()
        taught, rows = await info.context.db.run(
            lambda tx: actions.learners(tx, person, str(cohort), content, now, size + 1, choice)
        )
        expected = taught.expected(clock.local_day(now))
        page = sized(rows, size, lambda row: write_name(row.folded, row.learner))
        items = [copied(CohortLearner, learner_entry(row, expected)) for row in page.items]
        return CohortLearnerPage(items=items, next_cursor=page.next_cursor)

    @field("Standing by learner and skill.", cost=HEAVY, role="instructor")
    async def cohort_standing(
        self, info: Info, cohort: strawberry.ID, first: int = 20, after: str | None = None, area: str = ""
    ) -> CohortStandingPage:
        size, name = page_size(first), read_name(after)
        person, curriculum = info.context.part(Person), info.context.part(Curriculum)
        found = await info.context.db.run(
            lambda tx: actions.standing(tx, person, str(cohort), curriculum, size + 1, area=area, after=name)
        )
        page = sized(found, size, lambda row: write_name(row[0].folded, row[0].learner))
        items = [
            copied(
                CohortStanding, one, skills=[SkillLevel(skill=strawberry.ID(s), level=Level(x)) for s, x in has.items()]
            )
            for one, has in page.items
        ]
        return CohortStandingPage(items=items, next_cursor=page.next_cursor)

    @field("Who is stuck on which check, most runs first.", cost=HEAVY, role="instructor")
    async def cohort_stuck(
        self, info: Info, cohort: strawberry.ID, first: int = 100, lab: str = ""
    ) -> list[StuckCheck]:
        person, size = info.context.part(Person), page_size(first)
        found = await info.context.db.run(
            lambda tx: figures.stuck_checks(tx, cohorts.taught(tx, person, str(cohort)), size, lab=lab)
        )
        return [copied(StuckCheck, one, check=one.ref) for one in found]

    @field("Completion and attempts by stage and check of a lab.", cost=HEAVY, role="instructor")
    async def cohort_lab(self, info: Info, cohort: strawberry.ID, lab: strawberry.ID) -> CohortLab:
        person, content, slug = info.context.part(Person), content_for(info), str(lab)
        found = lab_figures(
            slug, await info.context.db.run(lambda tx: actions.lab(tx, person, str(cohort), content, slug))
        )
        stages = [
            copied(CohortStage, stage, checks=[copied(CohortCheck, one) for one in stage.checks])
            for stage in found.stages
        ]
        return copied(CohortLab, found, stages=stages)
