import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import IMPOSSIBLE, History, Operation, linearizable, stock
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, Refused, changed, op, scrambled, simulate
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR
FIRST = {"cup": 4}


def plan(chance: random.Random, process: int) -> tuple[str, dict[str, Any]]:
    kind = chance.choice(["buy", "buy", "buy", "read", "restock"])
    return kind, {"item": "cup"} if kind == "read" else {"item": "cup", "quantity": chance.choice([1, 1, 2])}


def apply(state: dict[str, int], kind: str, args: dict[str, Any], process: int) -> Any:
    if kind == "buy":
        if state["cup"] < args["quantity"]:
            raise Refused
        state["cup"] -= args["quantity"]
    elif kind == "restock":
        state["cup"] += args["quantity"]
    return state["cup"] if kind == "read" else None


def step(state: int, one: Operation) -> Any:
    if one.kind == "read":
        return state if not one.ok or one.result == state else IMPOSSIBLE
    after = state + (1 if one.kind == "restock" else -1) * one.args["quantity"]
    return after if after >= 0 else IMPOSSIBLE


LAST = ("read", {"item": "cup"})


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_shop_never_fails(seed: int):
    assert stock(simulate(seed, dict(FIRST), plan, apply, last=LAST), FIRST).verdict is PASSED


@settings(max_examples=40)
@given(SEEDS)
def test_a_sale_that_takes_nothing_away_is_caught(seed: int):
    history = simulate(seed, dict(FIRST), plan, apply, lost=0, last=LAST)
    refused = [one for one in history.operations if one.outcome is FAIL]
    for one in refused[:1]:
        assert stock(changed(history, one, outcome=OK), FIRST).verdict is FAILED
    last = history.operations[-1]
    assert stock(changed(history, last, result=last.result + 1), FIRST).verdict is FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_what_fails_has_no_explanation(seed: int):
    history = simulate(seed, dict(FIRST), plan, apply, processes=3, each=3)
    wrong = scrambled(seed, history, lambda chance, one: chance.randint(-1, 6) if one.kind == "read" else None)
    if stock(wrong, FIRST).verdict is FAILED:
        assert linearizable(wrong, wrong.operations, step, 4) is False


def buy(start: float, outcome: Any = OK, quantity: int = 1) -> Operation:
    return op("b", "buy", start, start + 1, outcome, item="cup", quantity=quantity)


def read(result: Any) -> Operation:
    return op("r", "read", 10, 11, result=result, item="cup")


@pytest.mark.parametrize(
    ("operations", "verdict", "expected", "got"),
    [
        ([buy(0, quantity=3), buy(1, quantity=2)], FAILED, 'at most 4 of "cup" sold', "5 sold"),
        ([buy(0, quantity=3), buy(1, UNKNOWN, quantity=2), read(1)], PASSED, None, None),
        ([buy(0, quantity=3), buy(1, UNKNOWN, quantity=2), read(-1)], FAILED, 'a stock of "cup" not below 0', "-1"),
        ([buy(0, quantity=3), read(4)], FAILED, 'a stock of "cup" of 1', "4"),
        ([buy(0), buy(1, UNKNOWN), read(1)], FAILED, 'a stock of "cup" of 2 to 3', "1"),
        ([buy(0), op("s", "restock", 1, 2, item="cup", quantity=10), buy(2, quantity=9), read(4)], PASSED, None, None),
        ([buy(0, FAIL)], UNCLEAR, None, "nothing was certainly sold, and no stock read"),
    ],
)
def test_verdicts(operations: list[Operation], verdict: Verdict, expected: str | None, got: str | None):
    judged = stock(History(operations), FIRST)
    assert judged.verdict is verdict
    assert expected in (None, judged.expected)
    assert got in (None, judged.got)
