import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import History, Operation, ledger
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, Refused, changed, op, simulate
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR
FIRST = {"ann": 100, "bob": 50, "cyd": 0}


def plan(chance: random.Random, process: int) -> tuple[str, dict[str, Any]]:
    if chance.random() < 0.2:
        return "snapshot", {}
    source, target = chance.sample(sorted(FIRST), 2)
    return "transfer", {"source": source, "target": target, "amount": chance.randint(1, 30)}


def apply(state: dict[str, int], kind: str, args: dict[str, Any], process: int) -> Any:
    if kind == "snapshot":
        return dict(state)
    if state[args["source"]] < args["amount"]:
        raise Refused
    state[args["source"]] -= args["amount"]
    state[args["target"]] += args["amount"]
    return None


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_bank_never_fails(seed: int):
    history = simulate(seed, dict(FIRST), plan, apply, last=("snapshot", {}))
    assert ledger(history, FIRST).verdict is PASSED
    assert ledger(history, FIRST, atomic=False).verdict is not FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_money_made_lost_or_misdirected_is_caught(seed: int):
    history = simulate(seed, dict(FIRST), plan, apply, lost=0, last=("snapshot", {}))
    last = history.operations[-1]
    for wrong in ({"ann": 1}, {"bob": -1}, {"ann": 1, "bob": -1}):
        balances = {name: balance + wrong.get(name, 0) for name, balance in last.result.items()}
        assert ledger(changed(history, last, result=balances), FIRST).verdict is FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_a_transfer_that_did_not_happen_is_caught(seed: int):
    history = simulate(seed, dict(FIRST), plan, apply, lost=0, last=("snapshot", {}))
    done = history.of("transfer")
    if done:
        assert ledger(changed(history, done[0], outcome=FAIL), FIRST).verdict is FAILED


def transfer(source: str, target: str, amount: int, outcome: Any = OK, *, start: float = 0) -> Operation:
    return op(1, "transfer", start, start + 1, outcome, source=source, target=target, amount=amount)


def snapshot(ann: int, bob: int, cyd: int, *, start: float = 10) -> Operation:
    return op("r", "snapshot", start, start + 1, result={"ann": ann, "bob": bob, "cyd": cyd})


@pytest.mark.parametrize(
    ("operations", "verdict", "got"),
    [
        ([transfer("ann", "bob", 10), snapshot(90, 60, 0)], PASSED,
         "the sum is right, and transfers explain every balance"),
        ([transfer("ann", "bob", 10), snapshot(90, 50, 0)], FAILED, "a sum of 140"),
        ([transfer("ann", "bob", 10, UNKNOWN), snapshot(90, 50, 0)], FAILED, "a sum of 140"),
        ([transfer("ann", "bob", 10, UNKNOWN), snapshot(90, 60, 0)], PASSED, None),
        ([transfer("ann", "bob", 10, UNKNOWN), snapshot(100, 50, 0)], PASSED, None),
        ([transfer("ann", "bob", 10, UNKNOWN), snapshot(80, 70, 0)], FAILED,
         "ann: 80, bob: 70, which no transfers explain"),
        ([transfer("ann", "bob", 10), snapshot(80, 70, 0)], FAILED,
         "ann: 80, bob: 70, which no transfers explain"),
        ([transfer("cyd", "ann", 5), snapshot(105, 50, -5)], FAILED, "cyd: -5"),
        ([transfer("ann", "ann", 5), snapshot(100, 50, 0)], PASSED, None),
        ([transfer("ann", "bob", 10)], UNCLEAR, "the balances were not read, or only while money may have been moving"),
    ],
)  # fmt: skip
def test_verdicts(operations: list[Operation], verdict: Verdict, got: str | None):
    judged = ledger(History(operations), FIRST)
    assert judged.verdict is verdict
    assert got in (None, judged.got)


def test_balances_read_one_by_one_are_judged_only_at_rest():
    torn = History([transfer("ann", "bob", 10, start=10), snapshot(100, 60, 0)])
    assert ledger(torn, FIRST).verdict is FAILED
    assert ledger(torn, FIRST, atomic=False).verdict is UNCLEAR
    unknown = [transfer("ann", "bob", 10, UNKNOWN), snapshot(100, 60, 0)]
    assert ledger(History(unknown), FIRST, atomic=False).verdict is UNCLEAR
    assert ledger(History(unknown, settled=5), FIRST, atomic=False).verdict is FAILED


def test_an_overdraft_can_be_allowed():
    history = History([transfer("cyd", "ann", 5), snapshot(105, 50, -5)])
    assert ledger(history, FIRST, overdraft=True).verdict is PASSED


def test_too_many_unknown_transfers_are_unclear():
    unknown = [transfer("ann", "bob", 1000 + 2 * number, UNKNOWN) for number in range(30)]
    judged = ledger(History([*unknown, snapshot(100 - 15_001, 50 + 15_001, 0)]), FIRST, overdraft=True)
    assert judged.verdict is UNCLEAR
    judged = ledger(History([*unknown, snapshot(100 - 15_001, 50 + 15_000, 0)]), FIRST, overdraft=True)
    assert judged.verdict is FAILED
