import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import History, Operation, linearizable, monotonic_reads, read_your_writes
from backroad.verifier.histories.register import step
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, op, scrambled, simulate
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR
JUDGES = [read_your_writes, monotonic_reads]


def plan(chance: random.Random, process: int) -> tuple[str, dict[str, Any]]:
    if chance.random() < 0.5:
        return "read", {}
    return "write", {"value": chance.choice([None, *range(5)]) if chance.random() < 0.3 else chance.random()}


def apply(state: list[Any], kind: str, args: dict[str, Any], process: int) -> Any:
    if kind == "write":
        state[0] = args["value"]
        return None
    return state[0]


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_target_never_fails(seed: int):
    history = simulate(seed, [None], plan, apply)
    for judge in JUDGES:
        assert judge(history).verdict is not FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_what_fails_has_no_explanation(seed: int):
    """Either guarantee follows from linearizability; so where one is broken, no order explains the history."""
    history = simulate(seed, [None], plan, apply, processes=3, each=4)
    values = [one.args["value"] for one in history.of("write")] + [None]
    wrong = scrambled(seed, history, lambda chance, one: chance.choice(values) if one.kind == "read" else None)
    for judge in JUDGES:
        if judge(wrong).verdict is FAILED:
            assert linearizable(wrong, wrong.operations, step, None) is False


@settings(max_examples=40)
@given(SEEDS)
def test_a_replica_that_lags_is_caught(seed: int):
    chance = random.Random(seed)
    operations = [op("other", "write", 0, 1, value="old"), op("me", "write", 2, 3, value="new")]
    now = 4.0
    for _ in range(chance.randint(0, 5)):
        operations.append(op("me", "read", now, now + 0.5, result="new"))
        now += 1
    stale = op("me", "read", now, now + 0.5, result=chance.choice(["old", None]))
    judged = read_your_writes(History([*operations, stale]))
    assert judged.verdict is FAILED
    assert judged.witness[-1] is stale
    if len(operations) > 2:
        assert monotonic_reads(History([*operations, stale])).verdict is FAILED


def write(value: Any, start: float, process: Any = "w", outcome: Any = OK) -> Operation:
    return op(process, "write", start, start + 1, outcome, value=value)


def read(result: Any, start: float, process: Any = "r") -> Operation:
    return op(process, "read", start, start + 1, result=result)


@pytest.mark.parametrize(
    ("operations", "verdict", "got"),
    [
        ([write("a", 0, "r"), read("a", 2)], PASSED, None),
        ([write("a", 0, "r"), read(None, 2)], FAILED, 'null after writing "a"'),
        ([write("a", 0, "r"), read("c", 2)], FAILED, '"c" after writing "a"'),
        ([write("a", 0, "r"), write("b", 0.5), read("b", 2)], PASSED, None),
        ([write("b", 0), write("a", 2, "r"), read("b", 4)], FAILED, '"b" after writing "a"'),
        ([write("b", 0, outcome=UNKNOWN), write("a", 2, "r"), read("b", 4)], PASSED, None),
        ([write("b", 0, outcome=FAIL), write("a", 2, "r"), read("b", 4)], FAILED, '"b" after writing "a"'),
        ([write("a", 0, "r", UNKNOWN), read(None, 2)], UNCLEAR, "no client read what it had certainly written"),
        ([write("a", 0), read(None, 2)], UNCLEAR, "no client read what it had certainly written"),
        ([write("a", 0, "r"), write(None, 2), read(None, 4)], PASSED, None),
    ],
)
def test_read_your_writes(operations: list[Operation], verdict: Verdict, got: str | None):
    judged = read_your_writes(History(operations))
    assert judged.verdict is verdict
    assert got in (None, judged.got)


@pytest.mark.parametrize(
    ("operations", "verdict", "got"),
    [
        ([write("a", 0), write("b", 2), read("a", 4), read("b", 6)], PASSED, None),
        ([write("a", 0), write("b", 2), read("b", 4), read("a", 6)], FAILED, '"a" after "b"'),
        ([write("a", 0), write("b", 2), read("b", 4), read("a", 6, "other")], UNCLEAR, "no client read anything twice"),
        ([write("a", 0), read("a", 2), read(None, 4)], FAILED, 'null after "a"'),
        ([write("a", 0), write("b", 0), read("b", 4), read("a", 6)], PASSED, None),
        ([write("a", 0), write("b", 0), read("a", 4), read("b", 6), read("a", 8)], FAILED, '"a" after "b"'),
        ([write("a", 0, outcome=UNKNOWN), write("b", 2), read("b", 4), read("a", 6)], PASSED, None),
        ([write("a", 0), write("b", 2), write("a", 5), read("b", 4), read("a", 6)], PASSED, None),
        ([], UNCLEAR, "no client read anything twice"),
    ],
)
def test_monotonic_reads(operations: list[Operation], verdict: Verdict, got: str | None):
    judged = monotonic_reads(History(operations))
    assert judged.verdict is verdict
    assert got in (None, judged.got)


def test_versions_can_decide_what_is_older():
    up = [read({"version": 1}, 0), read({"version": 2}, 2), read({"version": 2}, 4)]

    def version(found: Any) -> int:
        return int(found["version"])

    assert monotonic_reads(History(up), order=version).verdict is PASSED
    judged = monotonic_reads(History([*up, read({"version": 1}, 6)]), order=version)
    assert (judged.verdict, judged.got) == (FAILED, '{"version": 1} after {"version": 2}')
