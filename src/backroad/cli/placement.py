"""The placement in the terminal."""

import time
from collections import Counter
from typing import Annotated

from cyclopts import Parameter

from backroad.accounts.model import Learner
from backroad.cli.drill import asked, read_answer, structured
from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import learner_of, opened
from backroad.drills.grade import grade
from backroad.drills.model import Result, show
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.say import plural
from backroad.placement import actions
from backroad.placement.choose import MOST_QUESTIONS, VERDICTS
from backroad.placement.model import Placement, Question
from backroad.placement.questions import areas_of, graph_of, read_never
from backroad.placement.taking import PlacementNow, standing_of
from backroad.product import Product

UNKNOWN = "?"


def placement(
    *,
    again: Annotated[bool, Parameter(negative="", help="Begin anew after one that ended.")] = False,
    never: Annotated[str | None, Parameter(help="Areas in which you have never worked, as docker,cloud.")] = None,
    end: Annotated[bool, Parameter(negative="", help="End the one that is running, and take its result.")] = False,
    as_json: AsJson = False,
) -> None:
    """Find out what you know already, in at most 25 questions; --json shows where it stands and asks nothing."""
    with opened() as product:
        learner = learner_of(product)
        if end:
            _end(product, learner)
        found = product.db.run_now(lambda tx: actions.newest(tx, learner.id))
        if not as_json and not end and (found is None or found.ended_at is None or again):
            found = _take(product, learner, never)
        now = standing_of(found, learner, product.curriculum)
        print_json(now) if as_json else print(_told(now, product))


def _end(product: Product, learner: Learner) -> None:
    running = product.db.run_now(lambda tx: actions.running(tx, learner.id))
    placed = actions.results(running, graph_of(learner, product.curriculum, running.never))
    product.db.run_now(lambda tx: actions.end(tx, learner.id, placed, now=clock.now(), facts=product.facts))


def _take(product: Product, learner: Learner, never: str | None) -> Placement | None:
    """Ask until nothing is left to ask or the learner leaves (an end of input)."""
    new = None if never is None else read_never(learner, product.curriculum, never.replace(",", " ").split())
    running = product.db.run_now(lambda tx: actions.begin(tx, learner.id, clock.now(), new))
    if running.never is None and not running.answers:
        areas = ", ".join(area.id for area in areas_of(learner, product.curriculum))
        print(
            f"Never worked in some areas? End with Ctrl-D and begin with `--never`, as `--never docker,cloud`: {areas}."
        )
    graph = graph_of(learner, product.curriculum, running.never)
    while question := actions.question(running, graph, product.library):
        began = time.monotonic()
        try:
            result = _answered(question, learner)
        except EOFError:
            return running
        running = product.db.run_now(
            lambda tx, question=question, result=result, began=began: actions.answer(  # type: ignore[misc]
                tx, learner.id, question, result, seconds=time.monotonic() - began, now=clock.now()
            )
        )
    _end(product, learner)
    return product.db.run_now(lambda tx: actions.newest(tx, learner.id))


def _answered(question: Question, learner: Learner) -> Result | None:
    """None when the learner does not know."""
    shown = show(question.drill, learner=learner.id, seed=clock.today().isoformat())
    print(asked(shown, f"question {question.number} of at most {MOST_QUESTIONS}"))
    print(f"{UNKNOWN} if you do not know; Ctrl-D leaves, and your answers are kept.")
    while True:
        text = read_answer(shown, shown.start)
        if text.strip() == UNKNOWN:
            return None
        try:
            return grade(question.drill, structured(shown, text))
        except Problem as problem:
            print(f"  {problem}")


def _told(now: PlacementNow, product: Product) -> str:
    if not now.answered:
        return "No question is answered yet. `backroad placement` begins or goes on."
    rows = []
    for area in product.curriculum.areas.values():
        counts = Counter(item.verdict for item in now.skills if product.curriculum.skill(item.skill).area == area.id)
        if counts:
            rows.append((area.title, *(str(counts[name]) for name in VERDICTS)))
    lines = ["", columns([("", *VERDICTS), *rows]), ""]
    if now.state == "running":
        lines.append(f"{plural(now.answered, 'answer')} so far. `backroad placement` goes on, --end takes this result.")
    else:
        lines.append("Your plan leaves out what is probably known. A later miss brings a skill back.")
    return "\n".join(lines)
