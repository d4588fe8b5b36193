import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import IMPOSSIBLE, History, Operation, linearizable, unique_claim
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, Refused, changed, op, scrambled, simulate
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR


def plan(chance: random.Random, process: int) -> tuple[str, dict[str, Any]]:
    return chance.choice(["claim", "claim", "read"]), {"key": chance.choice("ab")}


def apply(state: dict[str, Any], kind: str, args: dict[str, Any], process: int) -> Any:
    if kind == "claim":
        if state.setdefault(args["key"], process) != process:
            raise Refused
        return None
    return state.get(args["key"])


def step(state: Any, one: Operation) -> Any:
    if one.kind == "claim":
        return one.process if state in (None, one.process) else IMPOSSIBLE
    return state if not one.ok or one.result == state else IMPOSSIBLE


def claim(process: int, outcome: Any = OK, *, start: float = 0, end: float = 1) -> Operation:
    return op(process, "claim", start, end, outcome, key="promo")


def read(owner: Any, *, start: float = 2) -> Operation:
    return op("reader", "read", start, start + 1, result=owner, key="promo")


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_target_never_fails(seed: int):
    assert unique_claim(simulate(seed, {}, plan, apply)).verdict is not FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_a_second_owner_is_caught(seed: int):
    history = simulate(seed, {}, plan, apply, lost=0.1)
    owned = {one.args["key"] for one in history.of("claim") if one.ok}
    refused = [one for one in history.operations if one.outcome is FAIL and one.args["key"] in owned]
    if refused:
        assert unique_claim(changed(history, refused[0], outcome=OK)).verdict is FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_what_fails_has_no_explanation(seed: int):
    history = simulate(seed, {}, plan, apply, processes=3, each=3)
    wrong = scrambled(seed, history, lambda chance, one: chance.randint(0, 3) if one.kind == "read" else None)
    if unique_claim(wrong, someone=False).verdict is FAILED:
        keys = ("a", "b")
        parts = [[one for one in wrong.operations if one.args["key"] == key] for key in keys]
        assert not all(linearizable(wrong, part, step, None) for part in parts)


@pytest.mark.parametrize(
    ("operations", "verdict", "got"),
    [
        ([claim(1), claim(2, FAIL), claim(3, FAIL)], PASSED, "one owner for each key"),
        ([claim(1), claim(2), claim(3, FAIL), claim(4)], FAILED, 'three owners of "promo": 1, 2, 4'),
        ([claim(1, FAIL), claim(2, FAIL)], FAILED, 'no owner of "promo": all two were refused'),
        ([claim(1, FAIL), claim(2, UNKNOWN)], UNCLEAR, "no key was read, or claimed by two whose outcome is known"),
        ([claim(1), claim(2, UNKNOWN)], UNCLEAR, "no key was read, or claimed by two whose outcome is known"),
        ([claim(1), claim(2, UNKNOWN), read(1)], PASSED, "one owner for each key"),
        ([claim(1), claim(2, UNKNOWN), read(2)], FAILED, '"promo" given to 1 and owned by 2'),
        ([claim(1, FAIL), claim(2, UNKNOWN), read(2)], PASSED, "one owner for each key"),
        ([claim(1, FAIL), claim(2, UNKNOWN), read(1)], FAILED, '"promo" owned by 1, who was refused'),
        ([claim(1), read(7)], FAILED, '"promo" owned by 7, who never claimed it'),
        ([claim(1), claim(2, FAIL), read(None)], FAILED, '"promo" without an owner after 1 had got it'),
        ([claim(1, UNKNOWN), claim(2, UNKNOWN), read(1), read(2, start=4)], FAILED, 'two owners of "promo": 1, 2'),
        ([claim(1, UNKNOWN), read(1), read(None, start=4)], FAILED, '"promo" without an owner after it had one'),
        ([claim(1, UNKNOWN), read(None), read(1, start=4)], PASSED, "one owner for each key"),
        ([claim(1), claim(1)], UNCLEAR, "no key was read, or claimed by two whose outcome is known"),
        ([], UNCLEAR, "no key was read, or claimed by two whose outcome is known"),
    ],
)
def test_verdicts(operations: list[Operation], verdict: Verdict, got: str):
    judged = unique_claim(History(operations))
    assert (judged.verdict, judged.got) == (verdict, got)


def test_the_witnesses_are_the_winners():
    operations = [claim(1), claim(2, FAIL), claim(3)]
    assert unique_claim(History(operations)).witness == (operations[0], operations[2])
