import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import IMPOSSIBLE, History, Operation, counter, linearizable
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, changed, op, scrambled, simulate
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR


def plan(chance: random.Random, process: int) -> tuple[str, dict[str, Any]]:
    return ("read", {}) if chance.random() < 0.3 else ("add", {"amount": chance.choice([1, 1, 1, 2, -1])})


def plan_ones(chance: random.Random, process: int) -> tuple[str, dict[str, Any]]:
    return ("read", {}) if chance.random() < 0.2 else ("add", {})


def apply(state: list[int], kind: str, args: dict[str, Any], process: int) -> Any:
    if kind == "add":
        state[0] += args.get("amount", 1)
        return None
    return state[0]


def step(state: int, one: Operation) -> Any:
    if one.kind == "add":
        return state + one.args.get("amount", 1)
    return state if not one.ok or one.result == state else IMPOSSIBLE


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_counter_never_fails(seed: int):
    for chosen in (plan, plan_ones):
        assert counter(simulate(seed, [0], chosen, apply, last=("read", {}))).verdict is PASSED


@settings(max_examples=40)
@given(SEEDS)
def test_a_lost_or_doubled_increment_is_caught(seed: int):
    history = simulate(seed, [0], plan_ones, apply, lost=0, last=("read", {}))
    last = history.operations[-1]
    for by in (-1, 1):
        assert counter(changed(history, last, result=last.result + by)).verdict is FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_what_fails_has_no_explanation(seed: int):
    history = simulate(seed, [0], plan, apply, processes=3, each=3)
    wrong = scrambled(seed, history, lambda chance, one: chance.randint(-1, 6) if one.kind == "read" else None)
    if counter(wrong).verdict is FAILED:
        assert linearizable(wrong, wrong.operations, step, 0) is False


def add(start: float, outcome: Any = OK, **args: int) -> Operation:
    return op("a", "add", start, start + 1, outcome, **args)


def read(result: Any, *, start: float = 10) -> Operation:
    return op("r", "read", start, start + 1, result=result)


@pytest.mark.parametrize(
    ("operations", "verdict", "expected", "got"),
    [
        ([add(0), add(1), add(2, FAIL), read(2)], PASSED, "each increment counted once",
         "every read within its bounds"),
        ([add(0), add(1), add(2, FAIL), read(3)], FAILED, "a count of 2", "3"),
        ([add(0), add(1), read(1)], FAILED, "a count of 2", "1"),
        ([add(0), add(1, UNKNOWN), read(3)], FAILED, "a count of 1 to 2", "3"),
        ([add(0), add(1, UNKNOWN), read(2)], PASSED, "each increment counted once", "every read within its bounds"),
        ([add(0), add(10), read(3)], FAILED, "a count of 1 to 2", "3"),
        ([add(0), add(1, UNKNOWN, amount=5), read(3)], FAILED, "a count of 1 to 6 in steps of 5", "3"),
        ([add(0), add(1, UNKNOWN, amount=-2), read(-1)], PASSED, "each increment counted once",
         "every read within its bounds"),
        ([add(0, UNKNOWN), add(1, UNKNOWN), read(2), read(1, start=20)], FAILED, "a count of at least 2",
         "1, after a read of 2"),
        ([add(0, UNKNOWN), read(1), add(12), read(1, start=20)], FAILED, "a count of at least 2",
         "1, after a read of 1"),
        ([add(0), read("1")], FAILED, "a count of 1", '"1"'),
        ([add(0), read(None)], FAILED, "a count of 1", "null"),
        ([add(0)], UNCLEAR, "each increment counted once", "nothing was read"),
    ],
)  # fmt: skip
def test_verdicts(operations: list[Operation], verdict: Verdict, expected: str, got: str):
    judged = counter(History(operations))
    assert (judged.verdict, judged.expected, judged.got) == (verdict, expected, got)


def test_counters_are_told_apart_by_key():
    history = History([op(1, "add", 0, 1, key="a"), op(1, "read", 2, 3, key="b", result=0)])
    assert counter(history).verdict is PASSED
    assert counter(history, initial=5).expected == 'a count of "b" of 5'
