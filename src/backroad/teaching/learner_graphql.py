"""One learner of a cohort over GraphQL, for its instructors: standing, evidence, runs, comments and decisions."""

from datetime import datetime
from enum import Enum

import strawberry

from backroad.accounts.graphql import the_learner
from backroad.cohorts import actions as cohorts
from backroad.cohorts import comments, decisions
from backroad.cohorts.model import Comment as CommentNoun
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.graphql.context import Id, Info, copied, field, mutation, page_size, sized
from backroad.kit.paging import read_cursor, write_cursor
from backroad.labs.graphql import Run, RunPage, run_of
from backroad.progress import Facts
from backroad.progress.graphql import Level, Outcome
from backroad.progress.model import Evidence
from backroad.teaching import actions
from backroad.teaching.assignment_graphql import Assignment, assignment_of, content_for
from backroad.teaching.entries import comment_entry, evidence_line, learner_entry
from backroad.teaching.standing_graphql import HEAVY, CohortLearner


@strawberry.enum
class Decided(Enum):
    PASSED = "passed"
    FAILED = "failed"


@strawberry.type(description="A skill for which a learner has evidence.")
class LearnerSkill:
    skill: strawberry.ID
    level: Level
    fading: bool
    last_at: datetime | None
    proven_by: list[str]
    failing: list[str]


@strawberry.type(description="A line of a learner's ledger, as an instructor reads it.")
class EvidenceLine:
    id: strawberry.ID
    skill: strawberry.ID
    source: str
    ref: str
    outcome: Outcome
    provenance: str
    at: datetime
    by: str = strawberry.field(description="The instructor's name, of a decision.")
    why: str
    revokes: str = strawberry.field(description="The decision that this line takes back.")


def line_of(noun: Evidence) -> EvidenceLine:
    return copied(EvidenceLine, evidence_line(noun), outcome=Outcome(noun.outcome))


@strawberry.type
class EvidenceLinePage:
    items: list[EvidenceLine] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type(description="What an instructor said of a run, or of a check of it.")
class Comment:
    id: strawberry.ID
    check: str = strawberry.field(description="Id of the check; empty: the run.")
    author: str = strawberry.field(description="Their name.")
    text: str = strawberry.field(description="Markdown.")
    at: datetime
    seen_at: datetime | None = strawberry.field(description="When the learner opened the run after it.")


def comment_of(noun: CommentNoun) -> Comment:
    return copied(Comment, comment_entry(noun))


@strawberry.type(description="A learner of a cohort with all that its instructors see of them; never a note.")
class CohortLearnerWhole(CohortLearner):
    skills: list[LearnerSkill]
    assignments: list[Assignment]
    cohort: strawberry.Private[str]

    @field("Newest first.")
    async def evidence(
        self, info: Info, first: int = 20, after: str | None = None, skill: str | None = None
    ) -> EvidenceLinePage:
        person, size, before = info.context.part(Person), page_size(first), read_cursor(after)
        where = (self.cohort, str(self.learner))
        found = await info.context.db.run(
            lambda tx: actions.evidence(tx, person, *where, size + 1, skill=skill, before=before)
        )
        page = sized(found, size, lambda one: write_cursor(one.at, one.id))
        return EvidenceLinePage(items=[line_of(one) for one in page.items], next_cursor=page.next_cursor)

    @field("Newest first.")
    async def runs(self, info: Info, first: int = 20, after: str | None = None, lab: str | None = None) -> RunPage:
        person, size, before = info.context.part(Person), page_size(first), read_cursor(after)
        where = (self.cohort, str(self.learner))
        found = await info.context.db.run(lambda tx: actions.runs(tx, person, *where, size + 1, lab=lab, before=before))
        page = sized(found, size, lambda one: write_cursor(one.started_at, one.id))
        return RunPage(items=[run_of(one) for one in page.items], next_cursor=page.next_cursor)

    @field()
    async def run(self, info: Info, run_id: Id) -> Run:
        person, where = info.context.part(Person), (self.cohort, str(self.learner), str(run_id))
        _, _, found = await info.context.db.run(lambda tx: actions.run(tx, person, *where, clock.now()))
        return run_of(found)

    @field("What this cohort's instructors said of a run, oldest first.")
    async def comments(self, info: Info, run: strawberry.ID) -> list[Comment]:
        person, where = info.context.part(Person), (self.cohort, str(self.learner), str(run))
        found = await info.context.db.run(lambda tx: actions.comments_of(tx, person, *where, clock.now()))
        return [comment_of(one) for one in found]


@strawberry.type
class Query:
    @field("One learner of a cohort.", cost=HEAVY, role="instructor")
    async def cohort_learner(self, info: Info, cohort: strawberry.ID, learner: strawberry.ID) -> CohortLearnerWhole:
        person, content, now = info.context.part(Person), content_for(info), clock.now()
        where = (str(cohort), str(learner))
        seen = await info.context.db.run(lambda tx: actions.learner(tx, person, *where, content, now, 1))
        skills = [
            copied(LearnerSkill, one, level=Level(one.level), proven_by=list(one.proven_by), failing=list(one.failing))
            for _, one in sorted(seen.standings.items())
        ]
        return copied(
            CohortLearnerWhole,
            learner_entry(seen.row, seen.cohort.expected(clock.local_day(now))),
            skills=skills,
            assignments=[assignment_of(one, int(done)) for one, done in seen.assignments],
            cohort=seen.cohort.id,
        )

    @field("What instructors said of your run, oldest first.")
    async def comments(self, info: Info, run: strawberry.ID) -> list[Comment]:
        learner = await the_learner(info)
        found = await info.context.db.run(lambda tx: actions.own_comments(tx, learner.id, str(run), clock.now()))
        return [comment_of(one) for one in found]


@strawberry.type
class Mutation:
    @mutation("Remove a learner from a cohort; what they did stays theirs. Their id.", role="instructor")
    async def remove_learner(self, info: Info, cohort: strawberry.ID, learner: strawberry.ID) -> strawberry.ID:
        person, where = info.context.part(Person), (str(cohort), str(learner))
        await info.context.write(lambda tx: cohorts.remove_member(tx, person, *where, clock.now()))
        return learner

    @mutation("Comment on a run, or on a check of it.", role="instructor")
    async def add_comment(
        self,
        info: Info,
        cohort: strawberry.ID,
        learner: strawberry.ID,
        run: strawberry.ID,
        text: str,
        check: str = "",
    ) -> Comment:
        person, where = info.context.part(Person), (str(cohort), str(learner), str(run))
        return comment_of(
            await info.context.write(
                lambda tx: actions.comment(tx, person, *where, check=check, text=text, now=clock.now())
            )
        )

    @mutation("Take your comment back; its id.", role="instructor")
    async def remove_comment(
        self, info: Info, cohort: strawberry.ID, learner: strawberry.ID, run: strawberry.ID, comment_id: Id
    ) -> strawberry.ID:
        person, where = info.context.part(Person), (str(cohort), str(learner), str(run), str(comment_id))
        await info.context.write(lambda tx: comments.take_back(tx, person, *where))
        return comment_id

    @mutation(
        "Accept or override what is known of a skill: a line is added, none is changed. The learner reads `why`; "
        "`about` is the id of the line that is accepted or overridden, if it is one.",
        role="instructor",
    )
    async def decide(
        self,
        info: Info,
        cohort: strawberry.ID,
        learner: strawberry.ID,
        skill: strawberry.ID,
        outcome: Decided,
        why: str,
        about: str = "",
    ) -> EvidenceLine:
        person, facts, content = info.context.part(Person), info.context.part(Facts), content_for(info)
        decided: decisions.Decided = outcome.value
        where, said = (str(cohort), str(learner)), {"skill": str(skill), "why": why, "about": about}
        return line_of(
            await info.context.write(
                lambda tx: decisions.decide(
                    tx, person, *where, content, outcome=decided, **said, now=clock.now(), facts=facts
                )
            )
        )

    @mutation("Take a decision back, by one more line.", role="instructor")
    async def take_back_decision(
        self,
        info: Info,
        cohort: strawberry.ID,
        learner: strawberry.ID,
        skill: strawberry.ID,
        decision_id: Id,
        why: str,
    ) -> EvidenceLine:
        person, facts = info.context.part(Person), info.context.part(Facts)
        where = (str(cohort), str(learner))
        said = {"skill": str(skill), "evidence_id": str(decision_id), "why": why}
        return line_of(
            await info.context.write(
                lambda tx: decisions.take_back(tx, person, *where, **said, now=clock.now(), facts=facts)
            )
        )
