"""Interviews over GraphQL: begin, the question, an answer, the end, grades, and those that were."""

from datetime import datetime
from enum import Enum

import strawberry
from strawberry.scalars import JSON

from backroad.accounts.graphql import the_learner
from backroad.curriculum import Curriculum
from backroad.drills.graphql import DrillAsked, Judgement, asked_of, judged
from backroad.drills.library import DrillLibrary
from backroad.interview import actions, model, taking
from backroad.interview.api import asks_of, questions_of
from backroad.interview.summary import summary
from backroad.kit import clock
from backroad.kit.graphql.context import Id, Info, copied, field, mutation, page_size, sized
from backroad.kit.paging import read_cursor, write_cursor
from backroad.progress import Facts

HEAVY = 100
"""The last answer, and the end, run what was programmed: as much as an answer to a drill."""


@strawberry.enum
class InterviewState(Enum):
    RUNNING = "running"
    TO_GRADE = "to grade"
    GRADED = "graded"


@strawberry.enum
class InterviewLevel(Enum):
    JUNIOR = "junior"
    MIDDLE = "middle"
    SENIOR = "senior"


@strawberry.enum(description="What a question is of: a level, or coding, which has none.")
class InterviewTopic(Enum):
    JUNIOR = "junior"
    MIDDLE = "middle"
    SENIOR = "senior"
    CODING = "coding"


@strawberry.enum(description="Minutes.")
class InterviewLength(Enum):
    TWENTY = 20
    FORTY = 40
    SIXTY = 60


@strawberry.input(
    description="Without areas, the questions are those of your road, and what you have begun comes first."
)
class InterviewTermsInput:
    level: InterviewLevel = InterviewLevel.MIDDLE
    minutes: InterviewLength = InterviewLength.FORTY
    areas: list[str] = strawberry.field(default_factory=list)
    coding: bool = True


@strawberry.input
class InterviewGradeInput:
    number: int
    points: list[str] = strawberry.field(description="Keys of those points of the rubric that the answer has.")


@strawberry.type(description="What was asked for.")
class InterviewTerms:
    level: InterviewLevel
    minutes: InterviewLength
    areas: list[str]
    coding: bool


@strawberry.type(description="A point of a rubric.")
class Point:
    key: str
    text: str
    said: bool | None = strawberry.field(description="Whether you found it in your answer; null before you graded it.")


@strawberry.type(description="Model answer and rubric come when the interview is over.")
class InterviewQuestion:
    number: int
    drill: strawberry.ID
    skill: strawberry.ID
    topic: InterviewTopic
    seconds: int = strawberry.field(description="Planned.")
    used: float
    answered: bool
    skipped: bool
    text: str
    score: float | None
    to_grade: bool
    model: str
    rubric: list[Point]
    result: Judgement | None = strawberry.field(description="What running a coding answer showed.")


@strawberry.type(description="The question to answer now.")
class InterviewAsks:
    number: int
    of: int
    seconds: int
    gone: float = strawberry.field(description="How many of the seconds are gone by.")
    text: str = strawberry.field(description="What was written so far.")
    drill: DrillAsked


@strawberry.type(description="Of the questions of one area or level.")
class InterviewShare:
    name: str
    questions: int
    skipped: int
    score: float
    used: float
    planned: int


@strawberry.type(description="A skill to study next.")
class InterviewStudy:
    skill: strawberry.ID
    score: float


@strawberry.type
class InterviewSummary:
    score: float | None
    answered: int
    skipped: int
    to_grade: int
    not_reached: int
    used: float
    planned: int
    areas: list[InterviewShare]
    levels: list[InterviewShare]
    study: list[InterviewStudy]


@strawberry.type(description="A mock interview.")
class Interview:
    id: strawberry.ID
    state: InterviewState
    started_at: datetime
    ended_at: datetime | None
    said: str = strawberry.field(description="What to know of the choice of questions.")
    current: int | None = strawberry.field(description="Number of the question to answer now; null after the last.")
    terms: InterviewTerms
    noun: strawberry.Private[model.Interview]

    @field()
    def summary(self) -> InterviewSummary:
        found = summary(self.noun)
        shares = {name: [copied(InterviewShare, one) for one in getattr(found, name)] for name in ("areas", "levels")}
        return copied(InterviewSummary, found, study=[copied(InterviewStudy, one) for one in found.study], **shares)

    @field("Those that were reached; all of them when it is over.", size=12)
    def questions(self, info: Info) -> list[InterviewQuestion]:
        return [
            copied(
                InterviewQuestion,
                one,
                topic=InterviewTopic(one.topic),
                rubric=[copied(Point, point) for point in one.rubric],
                result=judged(Judgement, one.result) if one.result else None,
            )
            for one in questions_of(self.noun, info.context.part(DrillLibrary))
        ]

    @field("Null when it is over, and after the last question.")
    def asks(self, info: Info) -> InterviewAsks | None:
        found = asks_of(self.noun, info.context.part(DrillLibrary)) if self.noun.ended_at is None else None
        return copied(InterviewAsks, found, drill=asked_of(found.drill)) if found else None


def interview_of(noun: model.Interview) -> Interview:
    asked = noun.terms
    terms = InterviewTerms(
        level=InterviewLevel(asked.level),
        minutes=InterviewLength(asked.minutes),
        areas=list(asked.areas),
        coding=asked.coding,
    )
    return copied(Interview, noun, state=InterviewState(noun.state), terms=terms, noun=noun)


@strawberry.type
class InterviewPage:
    items: list[Interview] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type
class Query:
    @field("Yours, newest first.")
    async def interviews(self, info: Info, first: int = 20, after: str | None = None) -> InterviewPage:
        learner, size, before = await the_learner(info), page_size(first), read_cursor(after)
        found = await info.context.db.run(lambda tx: actions.page_of(tx, learner.id, size + 1, before))
        page = sized(found, size, lambda one: write_cursor(one.started_at, one.id))
        return InterviewPage(items=[interview_of(one) for one in page.items], next_cursor=page.next_cursor)

    @field()
    async def interview(self, info: Info, interview_id: Id) -> Interview:
        learner = await the_learner(info)
        return interview_of(await info.context.db.run(lambda tx: actions.get(tx, learner.id, str(interview_id))))


async def _answered(info: Info, interview: strawberry.ID, number: int, given: object | None) -> Interview:
    learner, context = await the_learner(info), info.context
    await context.db.run(lambda tx: actions.open_one(tx, learner.id, str(interview)))
    library, facts = context.part(DrillLibrary), context.part(Facts)
    found = await taking.answer(context.db, learner, library, facts, number, given)
    context.forget()
    return interview_of(found)


@strawberry.type
class Mutation:
    @mutation("Begin, or go on with the one that is running.", cost=HEAVY)
    async def begin_interview(self, info: Info, terms: InterviewTermsInput) -> Interview:
        learner, context = await the_learner(info), info.context
        chosen = model.Terms(
            level=terms.level.value, minutes=terms.minutes.value, areas=tuple(terms.areas), coding=terms.coding
        )
        curriculum, library = context.part(Curriculum), context.part(DrillLibrary)
        return interview_of(await taking.begin(context.db, learner, curriculum, library, chosen))

    @mutation("`answer` is as in REST; after the last one the interview ends.", cost=HEAVY)
    async def answer_interview(self, info: Info, interview_id: Id, number: int, answer: JSON) -> Interview:
        return await _answered(info, interview_id, number, answer)

    @mutation("Skip the question; after the last one the interview ends.", cost=HEAVY)
    async def skip_interview_question(self, info: Info, interview_id: Id, number: int) -> Interview:
        return await _answered(info, interview_id, number, None)

    @mutation("End it now; what was programmed is run and becomes evidence.", cost=HEAVY)
    async def end_interview(self, info: Info, interview_id: Id) -> Interview:
        learner, context = await the_learner(info), info.context
        found = await context.db.run(lambda tx: actions.get(tx, learner.id, str(interview_id)))
        if found.ended_at is None:
            library, facts = context.part(DrillLibrary), context.part(Facts)
            found = await taking.end(context.db, learner, library, facts, found)
            context.forget()
        return interview_of(found)

    @mutation("Grade your own answers; each becomes evidence, once.")
    async def grade_interview(self, info: Info, interview_id: Id, grades: list[InterviewGradeInput]) -> Interview:
        learner, context = await the_learner(info), info.context
        library, facts = context.part(DrillLibrary), context.part(Facts)
        points = {one.number: one.points for one in grades}
        found = await context.write(
            lambda tx: actions.grade(
                tx, learner.id, str(interview_id), points, library=library, now=clock.now(), facts=facts
            )
        )
        return interview_of(found)
