"""The interview in the terminal."""

import string
from typing import Annotated

import msgspec
from cyclopts import Parameter

from backroad.accounts.model import Learner
from backroad.cli.drill import asked as asked_text
from backroad.cli.drill import read_answer
from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import learner_of, opened
from backroad.drills.model import part_key, show
from backroad.interview import actions
from backroad.interview.model import Asked, Interview, Terms
from backroad.interview.summary import summary
from backroad.interview.view import percent, say_clock
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.markdown import plain_text
from backroad.product import Product

SKIP = "?"


def interview(
    *,
    level: Annotated[str, Parameter(help="junior, middle or senior.")] = "middle",
    minutes: Annotated[int, Parameter(help="20, 40 or 60.")] = 40,
    areas: Annotated[str, Parameter(help="Areas, as sql,http; left out: your road, what you have begun first.")] = "",
    code: Annotated[bool, Parameter(negative="--no-code", help="With something to program.")] = True,
    end: Annotated[bool, Parameter(negative="", help="End the one that is running.")] = False,
    as_json: AsJson = False,
) -> None:
    """A mock interview on the clock, or the one that waits; --json shows the last one and asks nothing."""
    with opened() as product:
        learner = learner_of(product)
        found = product.db.run_now(lambda tx: actions.newest(tx, learner.id, 1))
        last = found[0] if found else None
        if end:
            last = _end(product, learner, product.db.run_now(lambda tx: actions.running(tx, learner.id)))
        if as_json:
            print_json({"interview": last, "state": last.state, "summary": summary(last)} if last else None)
            return
        if not end and (last is None or last.state != "to grade"):
            last = _take(product, learner, _terms(level, minutes, areas, code))
        if last and last.state == "to grade":
            last = _grade(product, last)
        print(_told(last, product) if last else "")


def _terms(level: str, minutes: int, areas: str, code: bool) -> Terms:
    asked = {"level": level, "minutes": minutes, "areas": areas.replace(",", " ").split(), "coding": code}
    try:
        return msgspec.convert(asked, Terms)
    except msgspec.ValidationError:
        raise Problem(
            f"There is no {level[:20]} interview of {minutes} minutes.",
            "Levels: junior, middle, senior. Minutes: 20, 40, 60.",
        ) from None


def _take(product: Product, learner: Learner, terms: Terms) -> Interview:
    """Ask until nothing is left to ask or the learner leaves (an end of input)."""
    found = product.db.run_now(
        lambda tx: actions.begin(tx, learner, product.curriculum, product.library, terms, clock.now())
    )
    if found.questions[0].answered_at is not None or found.terms != terms:
        print(f"Going on with the {found.terms.level} interview of {found.terms.minutes} minutes that is running.")
    elif found.said:
        print(found.said)
    while number := found.current:
        try:
            given = _answered(product, learner, found, number)
        except EOFError:
            return found
        try:
            found = product.db.run_now(
                lambda tx, number=number, given=given: actions.answer(  # type: ignore[misc]
                    tx, learner.id, number, given, clock.now()
                )
            )
        except Problem as problem:
            print(f"  {problem}")
    return _end(product, learner, found)


def _answered(product: Product, learner: Learner, found: Interview, number: int) -> dict[str, str] | None:
    """None to skip."""
    asked = found.questions[number - 1]
    drill = product.library.by_id.get(asked.drill)
    if drill is None:
        print(f"Question {number} is no longer in the curriculum.")
        return None
    shown = show(drill, learner=learner.id, seed=found.id)
    gone = (clock.now() - asked.asked_at).total_seconds() if asked.asked_at else 0.0
    left = asked.seconds - gone
    clock_says = f"{say_clock(abs(left))} {'left' if left >= 0 else 'over'} of {say_clock(asked.seconds)}"
    print(asked_text(shown, f"question {number} of {len(found.questions)}, {clock_says}"))
    print(f"{SKIP} skips it; Ctrl-D leaves, your answers are kept and the clock goes on.")
    text = read_answer(shown, asked.text or shown.start)
    return None if text.strip() == SKIP else {"text": text}


def _end(product: Product, learner: Learner, found: Interview) -> Interview:
    results = actions.judged(found, product.library)
    return product.db.run_now(
        lambda tx: actions.end(
            tx, learner.id, found.id, results, library=product.library, now=clock.now(), facts=product.facts
        )
    )


def _grade(product: Product, found: Interview) -> Interview:
    """One by one; an end of input leaves the others for later."""
    print(f"\nThe interview is over. Grade your own answers; {SKIP} leaves one for later.")
    for number, asked in enumerate(found.questions, 1):
        drill = actions.rubric_of(asked, product.library)
        if not asked.to_grade or drill is None:
            continue
        print(f"\nQuestion {number}, {drill.skill}\n\n{plain_text(drill.prompt)}\n\nYour answer:\n\n{asked.text}")
        print(f"\nA model answer:\n\n{plain_text(drill.answer)}\n")
        print("\n".join(f"  {letter}  {plain_text(point)}" for letter, point in _lettered(drill.rubric)))
        try:
            ticked = _ticked(drill.rubric)
        except EOFError:
            return found
        if ticked is not None:
            found = _graded(product, found, number, ticked)
    return found


def _graded(product: Product, found: Interview, number: int, ticked: list[str]) -> Interview:
    learner, points, now = found.learner, {number: ticked}, clock.now()
    return product.db.run_now(
        lambda tx: actions.grade(tx, learner, found.id, points, library=product.library, now=now, facts=product.facts)
    )


def _lettered(rubric: tuple[str, ...]) -> list[tuple[str, str]]:
    return list(zip(string.ascii_lowercase, rubric, strict=False))


def _ticked(rubric: tuple[str, ...]) -> list[str] | None:
    """Keys of points; None to leave it for later."""
    letters = {letter: part_key(point) for letter, point in _lettered(rubric)}
    while True:
        said = input("Which of these does your answer say, as a,c? Only what is there.\n> ").replace(",", " ").split()
        if said == [SKIP]:
            return None
        wrong = [letter for letter in said if letter not in letters]
        if not wrong:
            return [letters[letter] for letter in said]
        print(f"  {wrong[0][:20]!r} is not one of the letters shown.")


def _told(found: Interview, product: Product) -> str:
    if found.state == "running":
        return f"\nThe interview waits at question {found.current}: backroad interview goes on, --end ends it."
    told = summary(found)
    lines = ["", *_rows(found, product), ""]
    score = f"{percent(told.score)} of what was asked. " if told.score is not None else ""
    lines.append(f"{score}Time used: {say_clock(told.used)}; planned for all of it: {say_clock(told.planned)}.")
    lines += [f"Study next: {item.skill} ({percent(item.score)})" for item in told.study]
    if told.to_grade:
        lines.append(f"{told.to_grade} not graded yet: backroad interview.")
    lines.append(f"All of it, with the answers: http://127.0.0.1:{product.settings.port}/interview/{found.id}")
    return "\n".join(lines)


def _rows(found: Interview, product: Product) -> list[str]:
    rows = [("", "question", "level", "time", "planned", "outcome")]
    for number, asked in enumerate(found.questions, 1):
        rows.append(
            (str(number), asked.drill, asked.topic, say_clock(asked.used), say_clock(asked.seconds), _outcome(asked))
        )
    lines = columns(rows).split("\n")
    for number, asked in enumerate(found.questions, 1):
        failed = [part for part in asked.result.feedback if not part.ok] if asked.result else []
        lines += [f"  {number}: {plain_text(part.text or part.why)}" for part in failed]
    return lines


def _outcome(asked: Asked) -> str:
    if asked.answered_at is None:
        return "not reached"
    if asked.skipped:
        return "skipped"
    if asked.result is not None:
        return f"{asked.result.outcome}, {percent(asked.score)}"
    return percent(asked.score) or "not graded"
