import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import History, Operation, lost_update
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, op
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR
NOTHING = "no two updates of one thing have a known outcome, one of them a success"


def edited(seed: int, *, guarded: bool = True, lost: float = 0.2) -> tuple[History, bool]:
    """Clients that read, think, and write with the version they read; and whether an update was lost for certain."""
    chance = random.Random(seed)
    version, number, broken = "v0", 0, False
    events: list[tuple[float, int]] = []
    for client in range(4):
        now = chance.random()
        for _ in range(4):
            now += chance.random() * 2
            events.append((now, client))
    seen: dict[int, str] = {}
    used: dict[str, int] = {}
    operations: list[Operation] = []
    for now, client in sorted(events):
        if client not in seen:
            seen[client] = version
            operations.append(op(client, "read", now - 0.01, now + 0.01, key="k", result=version))
            continue
        number += 1
        base, wrote = seen.pop(client), f"v{number}"
        applied = base == version or not guarded
        answered = chance.random() >= lost
        if not answered and chance.random() < 0.5:
            applied = False
        if applied:
            version = wrote
        outcome = UNKNOWN if not answered else OK if applied else FAIL
        if applied and answered:
            used[base] = used.get(base, 0) + 1
            broken = broken or used[base] > 1
        operations.append(op(client, "update", now - 0.2, now + 0.01, outcome, key="k", seen=base, value=wrote))
    operations.append(op("reader", "read", 100, 101, key="k", result=version))
    return History(operations), broken


@settings(max_examples=40)
@given(SEEDS)
def test_a_target_that_compares_versions_never_fails(seed: int):
    history, _ = edited(seed)
    assert lost_update(history).verdict is not FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_a_target_that_does_not_is_caught(seed: int):
    history, broken = edited(seed, guarded=False)
    if broken:
        assert lost_update(history).verdict is FAILED


def update(process: int, seen: str, value: str, outcome: Any = OK, *, start: float = 0) -> Operation:
    return op(process, "update", start, start + 1, outcome, key="k", seen=seen, value=value)


def read(version: str, *, start: float = 10) -> Operation:
    return op("reader", "read", start, start + 1, key="k", result=version)


@pytest.mark.parametrize(
    ("operations", "verdict", "got"),
    [
        ([update(1, "a", "b"), update(2, "a", "c", FAIL)], PASSED, "no version was overwritten unseen"),
        ([update(1, "a", "b"), update(2, "a", "c")], FAILED,
         'two updates of "k" succeeded that were all built on version "a"'),
        ([update(1, "a", "b"), update(2, "a", "c", UNKNOWN)], UNCLEAR, NOTHING),
        ([update(1, "a", "b"), update(2, "a", "c", UNKNOWN), read("c")], FAILED,
         'two updates of "k" succeeded that were all built on version "a"'),
        ([update(1, "a", "b"), update(2, "a", "c", UNKNOWN), update(3, "c", "d", FAIL, start=5)], FAILED,
         'two updates of "k" succeeded that were all built on version "a"'),
        ([update(1, "a", "b", UNKNOWN), update(2, "b", "c", start=5), update(3, "c", "d", start=7)], PASSED,
         "no version was overwritten unseen"),
        ([update(1, "a", "b"), update(2, "b", "c", start=5), read("a")], FAILED, 'version "a", older than "b"'),
        ([update(1, "a", "b"), update(2, "b", "c", start=5), read("b")], FAILED, 'version "b", older than "c"'),
        ([update(1, "a", "b"), update(2, "b", "c", start=5), read("b", start=5.5)], PASSED,
         "no version was overwritten unseen"),
        ([update(1, "a", "b", FAIL), update(2, "a", "c", FAIL)], UNCLEAR, NOTHING),
        ([], UNCLEAR, NOTHING),
    ],
)  # fmt: skip
def test_verdicts(operations: list[Operation], verdict: Verdict, got: str):
    judged = lost_update(History(operations))
    assert (judged.verdict, judged.got) == (verdict, got)


def test_versions_may_come_from_the_answer():
    def put(process: int, seen: str, version: str) -> Operation:
        return op(process, "update", process, process + 0.5, seen=seen, result=version)

    assert lost_update(History([put(1, '"1"', '"2"'), put(2, '"2"', '"3"')])).verdict is PASSED
    judged = lost_update(History([put(1, '"1"', '"2"'), put(2, '"1"', '"3"')]))
    assert judged.got == 'two updates succeeded that were all built on version "\\"1\\""'
    assert len(judged.witness) == 2


def test_things_are_judged_apart():
    operations = [
        op(1, "update", 0, 1, key="x", seen="1", value="2"), op(2, "update", 0, 1, key="y", seen="1", value="2"),
    ]  # fmt: skip
    assert lost_update(History(operations)).verdict is UNCLEAR
