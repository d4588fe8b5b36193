"""Interviews over REST: begin, the question, an answer, the end, grades, and those that were."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Result, Shown, part_key, show
from backroad.interview import actions, taking
from backroad.interview.model import (
    MOST_QUESTIONS,
    Asked,
    Interview,
    InterviewState,
    Length,
    Level,
    Terms,
    Topic,
)
from backroad.interview.summary import Summary, summary
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.progress import Facts

Number = Annotated[float, msgspec.Meta(ge=1, le=MOST_QUESTIONS, multiple_of=1)]  # 16.0 is an integer in JSON Schema


class InterviewEntry(msgspec.Struct):
    id: str
    state: InterviewState
    started_at: datetime
    ended_at: datetime | None
    terms: Terms
    said: str
    """What to know of the choice of questions, such as that there were too few."""
    current: int | None
    """Number of the question to answer now; null after the last."""
    summary: Summary


class Point(msgspec.Struct):
    key: str
    text: str
    said: bool | None
    """Whether the learner found it in their answer; null before they graded it."""


class InterviewQuestion(msgspec.Struct):
    """Model answer and rubric come when the interview is over; `result` is what running a coding answer showed."""

    number: int
    drill: str
    skill: str
    topic: Topic
    seconds: int
    used: float
    answered: bool
    skipped: bool
    text: str
    score: float | None
    to_grade: bool
    model: str = ""
    rubric: list[Point] = []
    result: Result | None = None


class InterviewWhole(InterviewEntry):
    questions: list[InterviewQuestion]


class InterviewAsks(msgspec.Struct):
    """The question to answer now; `gone` seconds of its `seconds` are gone by."""

    number: int
    of: int
    seconds: int
    gone: float
    text: str
    """What was written so far."""
    drill: Shown


class InterviewTerms(msgspec.Struct, forbid_unknown_fields=True):
    """Without areas, the questions are those of the learner's road, and what they have begun comes first."""

    level: Level = "middle"
    minutes: Length = 40
    areas: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=40)] = []
    coding: bool = True


class InterviewAnswer(msgspec.Struct, forbid_unknown_fields=True):
    """`answer` is `{"text": "..."}`; `null` skips the question. A question that was answered already stays as it is."""

    number: Number
    answer: Any


class InterviewGrade(msgspec.Struct, forbid_unknown_fields=True):
    """`points` are the keys of those points of the rubric that the answer has."""

    number: Number
    points: Annotated[list[Annotated[str, msgspec.Meta(max_length=40)]], msgspec.Meta(max_length=20)]


class InterviewGrades(msgspec.Struct, forbid_unknown_fields=True):
    """An answer that is graded already stays as it is."""

    grades: Annotated[list[InterviewGrade], msgspec.Meta(max_length=MOST_QUESTIONS)]


def _entry(found: Interview) -> dict[str, Any]:
    return {
        "id": found.id,
        "state": found.state,
        "started_at": found.started_at,
        "ended_at": found.ended_at,
        "terms": found.terms,
        "said": found.said,
        "current": found.current,
        "summary": summary(found),
    }


def _whole(found: Interview, library: DrillLibrary) -> InterviewWhole:
    return InterviewWhole(**_entry(found), questions=questions_of(found, library))


def questions_of(found: Interview, library: DrillLibrary) -> list[InterviewQuestion]:
    """What is to come is not told."""
    reached = found.questions if found.ended_at else found.questions[: found.current]
    return [_question(number, asked, found, library) for number, asked in enumerate(reached, 1)]


def _question(number: int, asked: Asked, found: Interview, library: DrillLibrary) -> InterviewQuestion:
    drill = actions.rubric_of(asked, library) if found.ended_at is not None else None
    graded = asked.points is not None
    return InterviewQuestion(
        number=number,
        drill=asked.drill,
        skill=asked.skill,
        topic=asked.topic,
        seconds=asked.seconds,
        used=asked.used,
        answered=asked.answered,
        skipped=asked.skipped,
        text=asked.text,
        score=asked.score,
        to_grade=found.ended_at is not None and asked.to_grade,
        model=drill.answer if drill else "",
        rubric=[
            Point(part_key(text), text, part_key(text) in (asked.points or ()) if graded else None)
            for text in (drill.rubric if drill else ())
        ],
        result=asked.result,
    )


def asks_of(found: Interview, library: DrillLibrary) -> InterviewAsks | None:
    """None after the last question."""
    number = found.current
    if number is None:
        return None
    asked = found.questions[number - 1]
    began = asked.asked_at or found.started_at
    return InterviewAsks(
        number=number,
        of=len(found.questions),
        seconds=asked.seconds,
        gone=max(0.0, (clock.now() - began).total_seconds()),
        text=asked.text,
        drill=show(library.get(asked.drill), learner=found.learner, seed=found.id),
    )


@get("/interviews", summary="Interviews, newest first", responses=problem_responses(400, 409))
async def list_interviews(
    learner: NamedDependency[Learner], db: NamedDependency[Database], limit: Limit = 20, cursor: Cursor = None
) -> Page[InterviewEntry]:
    before = read_cursor(cursor)
    found = await db.run(lambda tx: actions.page_of(tx, learner.id, limit + 1, before))
    more = write_cursor(found[limit - 1].started_at, found[limit - 1].id) if len(found) > limit else None
    return Page([InterviewEntry(**_entry(item)) for item in found[:limit]], more)


@post("/interviews", summary="Begin, or go on with the one that is running", responses=problem_responses(400, 409, 415))
async def begin_interview(
    data: JSONBody[InterviewTerms],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> InterviewWhole:
    terms = Terms(level=data.level, minutes=data.minutes, areas=tuple(data.areas), coding=data.coding)
    return _whole(await taking.begin(db, learner, curriculum, library, terms), library)


@get("/interviews/{interview_id:str}", summary="One interview", responses=problem_responses(400, 404, 409))
async def read_interview(
    interview_id: FromPath[str],
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> InterviewWhole:
    return _whole(await db.run(lambda tx: actions.get(tx, learner.id, interview_id)), library)


@get(
    "/interviews/{interview_id:str}/question",
    summary="The question to answer now",
    responses=problem_responses(400, 404, 409),
)
async def read_interview_question(
    interview_id: FromPath[str],
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> InterviewAsks:
    asks = asks_of(await db.run(lambda tx: actions.open_one(tx, learner.id, interview_id)), library)
    if asks is None:
        raise NotFound("There is nothing more to ask.", "End the interview to see the model answers.")
    return asks


@post(
    "/interviews/{interview_id:str}/answers",
    summary="Answer the question or skip it; after the last one the interview ends",
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def answer_interview(
    interview_id: FromPath[str],
    data: JSONBody[InterviewAnswer],
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> InterviewWhole:
    await db.run(lambda tx: actions.open_one(tx, learner.id, interview_id))
    return _whole(await taking.answer(db, learner, library, facts, int(data.number), data.answer), library)


@post(
    "/interviews/{interview_id:str}/end",
    summary="End it now; what was programmed is run and becomes evidence",
    responses=problem_responses(400, 404, 409),
)
async def end_interview(
    interview_id: FromPath[str],
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> InterviewWhole:
    found = await db.run(lambda tx: actions.get(tx, learner.id, interview_id))
    if found.ended_at is None:
        found = await taking.end(db, learner, library, facts, found)
    return _whole(found, library)


@post(
    "/interviews/{interview_id:str}/grades",
    summary="Grade your own answers; each becomes evidence, once",
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def grade_interview(
    interview_id: FromPath[str],
    data: JSONBody[InterviewGrades],
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> InterviewWhole:
    points = {int(item.number): item.points for item in data.grades}
    found = await db.run(
        lambda tx: actions.grade(tx, learner.id, interview_id, points, library=library, now=clock.now(), facts=facts)
    )
    return _whole(found, library)


ROUTER = Router(
    "",
    route_handlers=[
        list_interviews,
        begin_interview,
        read_interview,
        read_interview_question,
        answer_interview,
        end_interview,
        grade_interview,
    ],
    tags=["interviews"],
)
