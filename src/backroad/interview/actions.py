"""Taking an interview: begin, answer or skip, leave and go on, end, grade. Nothing is judged before it is over."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills import actions as drills
from backroad.drills.answers import program_of
from backroad.drills.grade import grade as judge
from backroad.drills.kinds.open import Open
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Feedback, Result
from backroad.interview import store
from backroad.interview.candidates import candidates_for, skills_for
from backroad.interview.choose import REMEMBERED, choose
from backroad.interview.model import Asked, Interview, Terms
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.progress import Facts
from backroad.progress import actions as progress

COMPARED = 20
"""Earlier interviews that a result is shown beside."""
NOTHING_BEGUN = "You have begun nothing of your road yet, so the questions come from all of it."
replace = msgspec.structs.replace


class NotRunning(Problem):
    def __init__(self) -> None:
        super().__init__("No interview is running.", "Begin one first.", status=409)


class StillRunning(Problem):
    def __init__(self) -> None:
        super().__init__("This interview is not over.", "Answer its questions, or end it.", status=409)


def newest(tx: Connection, learner: str, limit: int = COMPARED) -> Sequence[Interview]:
    """Newest first."""
    return store.newest(tx, learner, limit)


def page_of(
    tx: Connection, learner: str, limit: int, before: tuple[datetime, str] | None = None
) -> Sequence[Interview]:
    """Newest first; `before` is the (start, id) of the last one of the page before."""
    return store.newest(tx, learner, limit, before=before)


def running(tx: Connection, learner: str) -> Interview:
    found = store.running(tx, learner)
    if found is None:
        raise NotRunning
    return found


def get(tx: Connection, learner: str, interview_id: str) -> Interview:
    found = store.get(tx, learner, interview_id)
    if found is None:
        raise NotFound(f"There is no interview {interview_id[:40]!r}.", "/interview lists yours.")
    return found


def open_one(tx: Connection, learner: str, interview_id: str) -> Interview:
    """It, if it is the one that is running."""
    found = get(tx, learner, interview_id)
    if found.ended_at is not None:
        raise Problem("This interview is over.", "Begin another one.", status=409)
    return found


def begin(
    tx: Connection, learner: Learner, curriculum: Curriculum, library: DrillLibrary, terms: Terms, now: datetime
) -> Interview:
    """A new interview, or the one that is running. A `Problem` where there is nothing to ask."""
    found = store.running(tx, learner.id)
    if found is not None:
        return found
    skills = skills_for(learner, curriculum, terms.areas)
    begun = {*progress.standings(tx, learner.id, now), *progress.read_skills(tx, learner.id)}
    earlier = store.newest(tx, learner.id, REMEMBERED)
    candidates = candidates_for(learner, skills, library, begun=begun, earlier=earlier)
    made = Interview(id=new_id(), learner=learner.id, terms=terms, started_at=now)
    chosen = choose(candidates, terms, made.id)
    if not chosen.questions:
        raise Problem("There is no question in these areas.", "Choose more areas.")
    said = chosen.said
    if not terms.areas and not begun.intersection(skills):
        said = f"{NOTHING_BEGUN} {said}".strip()
    first, *rest = chosen.questions
    made = replace(made, said=said, questions=(replace(first, asked_at=now), *rest))
    store.write(tx, made)
    return made


def answer(tx: Connection, learner: str, number: int, given: object | None, now: datetime) -> Interview:
    """Keep the answer to the question and go on to the next; None skips it.

    Another number than the present question's changes nothing, so that a double click counts once. A `Problem` if it is
    empty, too long or no text; whether it is right is judged when the interview is over.
    """
    found = running(tx, learner)
    if number != found.current:
        return found
    text = "" if given is None else program_of(given)
    asked = replace(found.questions[number - 1], text=text, answered_at=now, skipped=given is None)
    changed = _with(found, number, asked)
    if number < len(changed.questions):
        changed = _with(changed, number + 1, replace(changed.questions[number], asked_at=now))
    store.write(tx, changed)
    return changed


def keep_draft(tx: Connection, learner: str, number: int, given: object) -> Interview:
    """Keep what is written so far; the clock goes on."""
    found = running(tx, learner)
    if number != found.current:
        return found
    try:
        text = program_of(given)
    except Problem:
        if isinstance(given, Mapping) and not str(given.get("text", "")).strip():
            text = ""
        else:
            raise
    changed = _with(found, number, replace(found.questions[number - 1], text=text))
    store.write(tx, changed)
    return changed


def _with(interview: Interview, number: int, asked: Asked) -> Interview:
    questions = list(interview.questions)
    questions[number - 1] = asked
    return replace(interview, questions=tuple(questions))


def judged(interview: Interview, library: DrillLibrary) -> dict[int, Result]:
    """Number -> what executing the coding answer showed. Takes seconds: not for a transaction, nor an event loop.

    An answer that does not even run is unclear, and like any such answer to a drill no evidence.
    """
    results = {}
    for number, asked in enumerate(interview.questions, 1):
        drill = library.by_id.get(asked.drill)
        if not asked.answered or asked.topic != "coding" or drill is None:
            continue
        try:
            results[number] = judge(drill, {"text": asked.text})
        except Problem as problem:
            results[number] = Result(
                drill=drill.id,
                content_hash=drill.content_hash,
                outcome="unclear",
                score=0.0,
                feedback=(Feedback(ok=False, why=problem.sentence),),
                right=(),
            )
    return results


def end(
    tx: Connection,
    learner: str,
    interview_id: str,
    results: Mapping[int, Result],
    *,
    library: DrillLibrary,
    now: datetime,
    facts: Facts,
) -> Interview:
    """It is over: what was programmed is judged and becomes evidence. Ending it again changes nothing."""
    found = get(tx, learner, interview_id)
    if found.ended_at is not None:
        return found
    ended = replace(found, ended_at=now)
    for number, result in results.items():
        asked = replace(ended.questions[number - 1], result=result)
        ended = _with(ended, number, asked)
        _record(tx, ended, number, result, library, now, facts)
    store.write(tx, ended)
    return ended


def grade(
    tx: Connection,
    learner: str,
    interview_id: str,
    points: Mapping[int, Iterable[str]],
    *,
    library: DrillLibrary,
    now: datetime,
    facts: Facts,
) -> Interview:
    """Number -> keys of the points that the learner finds in the answer; each becomes evidence.

    A question that is graded, or has no answer to grade, stays as it is.
    """
    found = get(tx, learner, interview_id)
    if found.ended_at is None:
        raise StillRunning
    for number, keys in sorted(points.items()):
        if not 1 <= number <= len(found.questions):
            raise NotFound(f"The interview has no question {number}.", f"It has {len(found.questions)}.")
        asked = found.questions[number - 1]
        if not asked.to_grade:
            continue
        drill = library.get(asked.drill)
        result = judge(drill, {"text": asked.text, "points": list(keys)})
        chosen = tuple(part.key for part in result.feedback if part.chosen)
        found = _with(found, number, replace(asked, points=chosen, most=len(result.feedback)))
        _record(tx, found, number, result, library, now, facts)
    store.write(tx, found)
    return found


def _record(
    tx: Connection,
    interview: Interview,
    number: int,
    result: Result,
    library: DrillLibrary,
    now: datetime,
    facts: Facts,
) -> None:
    """As an answer to the drill; once, by its id."""
    asked = interview.questions[number - 1]
    drills.answer(
        tx,
        interview.learner,
        library.get(asked.drill),
        result,
        seconds=asked.used,
        now=now,
        facts=facts,
        evidence_id=f"{interview.id}:{number}",
    )


def rubric_of(asked: Asked, library: DrillLibrary) -> Open | None:
    """The question with its model answer; None when it is coding, or gone from the curriculum."""
    drill = library.by_id.get(asked.drill)
    return drill if isinstance(drill, Open) else None
