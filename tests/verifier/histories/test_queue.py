import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import History, Operation, queue
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, changed, op
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR


def worked(seed: int, *, lost: float = 0.2) -> History:
    """Twelve jobs sent to a correct queue, whose workers do each accepted one once."""
    chance = random.Random(seed)
    operations: list[Operation] = []
    for job in range(12):
        start = chance.random() * 10
        end = start + chance.random()
        kind = chance.choice([OK, OK, FAIL])
        accepted = kind is OK
        if chance.random() < lost:
            kind = UNKNOWN
        operations.append(op(job % 3, "enqueue", start, end, kind, job=job))
        if accepted:
            done = start + chance.random() * 5
            shown = UNKNOWN if chance.random() < lost / 2 else OK
            operations.append(op("worker", "done", done, done + 0.1, shown, job=job))
    return History(operations)


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_queue_never_fails(seed: int):
    assert queue(worked(seed)).verdict is not FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_a_job_dropped_doubled_or_made_up_is_caught(seed: int):
    history = worked(seed, lost=0)
    done = history.of("done")
    if done:
        one = done[seed % len(done)]
        again = op("worker", "done", one.start + 3, one.end + 3, job=one.args["job"])
        assert queue(changed(history, one, remove=True)).verdict is FAILED
        assert queue(changed(history, one, remove=True), drained=False).verdict is UNCLEAR
        assert queue(History([*history.operations, again])).verdict is FAILED
        assert queue(changed(history, one, args={"job": "made up"})).verdict is FAILED


def send(job: int, outcome: Any = OK) -> Operation:
    return op(1, "enqueue", job, job + 1, outcome, job=job)


def done(job: int, outcome: Any = OK, *, start: float = 10) -> Operation:
    return op("w", "done", start, start + 1, outcome, job=job)


@pytest.mark.parametrize(
    ("operations", "verdict", "got"),
    [
        ([send(1), send(2), done(1), done(2)], PASSED, "two accepted, each done once"),
        ([send(1), send(2), done(1)], FAILED, "one of two never done: 2"),
        ([send(1), done(1), done(1, start=20)], FAILED, "job 1 done two times"),
        ([send(1), done(1), done(1, UNKNOWN, start=20)], PASSED, "one accepted, each done once"),
        ([send(1), done(1, UNKNOWN)], PASSED, "one accepted, each done once"),
        ([send(1), send(2, UNKNOWN), done(1)], PASSED, "one accepted, each done once"),
        ([send(1), send(2, UNKNOWN), done(1), done(2), done(2, start=20)], FAILED, "job 2 done two times"),
        ([send(1, FAIL), done(1)], FAILED, "job 1 done, which was refused"),
        ([done(1)], FAILED, "job 1 done, which nobody sent"),
        ([send(1, UNKNOWN)], UNCLEAR, "no job was certainly accepted"),
    ],
)
def test_verdicts(operations: list[Operation], verdict: Verdict, got: str):
    judged = queue(History(operations))
    assert (judged.verdict, judged.got) == (verdict, got)


def test_the_same_job_may_be_sent_again_after_an_answer_was_lost():
    assert queue(History([send(1, UNKNOWN), send(1), done(1)])).verdict is PASSED
