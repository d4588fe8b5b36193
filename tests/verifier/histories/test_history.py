import itertools

import pytest

from backroad.verifier import Failed, Unclear, Verdict
from backroad.verifier.histories import History, Judgement, Outcome, outcome_of
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, op


def clocked() -> History:
    ticks = itertools.count()
    return History(clock=lambda: float(next(ticks)))


def test_operations_are_recorded_with_their_times():
    history = clocked()
    first = history.begin(1, "claim", key="promo")
    second = history.begin(2, "claim", key="promo")
    second.ok("2")
    first.fail()
    assert [(one.process, one.start, one.end, one.outcome) for one in history.operations] == [
        (1, 0, 3, FAIL), (2, 1, 2, OK),
    ]  # fmt: skip
    assert history.of("claim") == [history.operations[1]]


def test_what_was_never_concluded_is_unknown():
    history = clocked()
    history.begin(1, "claim", key="promo")
    (one,) = history.operations
    assert (one.outcome, one.end) == (UNKNOWN, float("inf"))


def test_nothing_is_concluded_twice():
    pending = clocked().begin(1, "claim")
    pending.unknown()
    with pytest.raises(ValueError, match="claim was concluded twice"):
        pending.ok()


def test_what_is_unknown_may_take_effect_until_all_is_settled():
    history = History(settled=10)
    early, late = op(1, "write", 0, 1, UNKNOWN), op(1, "write", 20, 21, UNKNOWN)
    assert history.before(early, op(2, "read", 11, 12))
    assert not history.before(early, op(2, "read", 5, 6))
    assert not history.before(late, op(2, "read", 30, 31))
    assert not History().before(early, op(2, "read", 1000, 1001))
    assert History().before(op(1, "write", 0, 1), op(2, "read", 2, 3))
    assert not History().before(op(1, "write", 0, 2), op(2, "read", 2, 3))


def test_settle_takes_the_time():
    history = clocked()
    history.begin(1, "write").unknown()
    history.settle()
    assert history.settled == 2


@pytest.mark.parametrize(
    ("status", "sent", "outcome"),
    [
        (201, True, OK), (303, True, OK), (409, True, FAIL), (429, True, FAIL), (408, True, UNKNOWN),
        (500, True, UNKNOWN), (503, True, UNKNOWN), (None, True, UNKNOWN), (None, False, FAIL),
    ],
)  # fmt: skip
def test_what_a_status_says(status: int | None, sent: bool, outcome: Outcome):
    assert outcome_of(status, sent=sent) is outcome


def test_an_operation_says_what_it_was():
    assert str(op(2, "claim", 0, 1, FAIL, alias="promo")) == 'client 2: claim alias "promo" (fail)'
    assert str(op(2, "read", 0, 1, result=5)) == "client 2: read gave 5 (ok)"
    with pytest.raises(ValueError, match="the operation claim was recorded without key"):
        op(2, "claim", 0, 1).arg("key")


def test_a_judgement_ends_a_check():
    witness = (op(1, "read", 0, 1),)
    Judgement(verdict=Verdict.PASSED, expected="a", got="b").conclude()
    with pytest.raises(Failed) as failed:
        Judgement(verdict=Verdict.FAILED, expected="a", got="b", witness=witness).conclude("ten requests")
    assert (failed.value.expected, failed.value.got, failed.value.sent) == ("a", "b", "ten requests")
    with pytest.raises(Unclear, match="nothing was read"):
        Judgement(verdict=Verdict.UNCLEAR, expected="a", got="nothing was read").conclude()
