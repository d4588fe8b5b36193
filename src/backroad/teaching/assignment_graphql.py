"""Assignments over GraphQL."""

from datetime import date, datetime
from enum import Enum

import strawberry

from backroad.cohorts import assigning
from backroad.cohorts.model import Assignment as AssignmentNoun
from backroad.cohorts.model import Content
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.graphql.context import Id, Info, copied, field, mutation
from backroad.planner.graphql import Ground
from backroad.teaching import actions
from backroad.teaching.content import content_of


@strawberry.enum
class AssignmentKind(Enum):
    LAB = "lab"
    STAGE = "stage"
    SKILLS = "skills"


@strawberry.type(description="Work that is due on a day: a lab, a lab up to one of its stages, or skills.")
class Assignment:
    id: strawberry.ID
    kind: AssignmentKind
    title: str
    deadline: date
    lab: str = strawberry.field(description="Slug; empty for skills.")
    stage: int = strawberry.field(description="Number of a stage: it and those before it are due.")
    skills: list[str] = strawberry.field(description="Ids of skills.")
    created_at: datetime
    done: int = strawberry.field(description="Learners who have done it; for a member, 1 or 0: whether they have.")


def assignment_of(noun: AssignmentNoun, done: int) -> Assignment:
    return copied(Assignment, noun, kind=AssignmentKind(noun.kind), skills=list(noun.skills), done=done)


@strawberry.input
class AssignmentInput:
    kind: AssignmentKind
    deadline: date
    lab: str = ""
    stage: int = 0
    skills: list[str] = strawberry.field(default_factory=list)
    title: str = strawberry.field(default="", description="Empty: what is to be done.")

    def values(self) -> dict[str, object]:
        return {**vars(self), "kind": self.kind.value}


def content_for(info: Info) -> Content:
    ground = info.context.part(Ground)
    return content_of(ground.curriculum, ground.outlines)


@strawberry.type
class Query:
    @field("What is assigned in a cohort, by deadline.")
    async def assignments(self, info: Info, cohort: strawberry.ID) -> list[Assignment]:
        person, content = info.context.part(Person), content_for(info)
        found = await info.context.db.run(lambda tx: actions.assignments(tx, person, str(cohort), content))
        return [assignment_of(*one) for one in found]


@strawberry.type
class Mutation:
    @mutation("Assign work.", role="instructor")
    async def assign(self, info: Info, cohort: strawberry.ID, work: AssignmentInput) -> Assignment:
        person, content = info.context.part(Person), content_for(info)
        made = await info.context.write(
            lambda tx: assigning.assign(tx, person, str(cohort), content, clock.now(), **work.values())  # type: ignore[arg-type]
        )
        return assignment_of(made, 0)

    @mutation("Change a deadline or a title.", role="instructor")
    async def change_assignment(
        self,
        info: Info,
        cohort: strawberry.ID,
        assignment_id: Id,
        deadline: date | None = None,
        title: str | None = None,
    ) -> Assignment:
        person, content = info.context.part(Person), content_for(info)
        return assignment_of(
            *await info.context.write(
                lambda tx: actions.change_assignment(
                    tx, person, str(cohort), str(assignment_id), content, deadline=deadline, title=title
                )
            )
        )

    @mutation("Take an assignment back; its id.", role="instructor")
    async def remove_assignment(self, info: Info, cohort: strawberry.ID, assignment_id: Id) -> strawberry.ID:
        person, where = info.context.part(Person), (str(cohort), str(assignment_id))
        await info.context.write(lambda tx: assigning.remove(tx, person, *where))
        return assignment_id
