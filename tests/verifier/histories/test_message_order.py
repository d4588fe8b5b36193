import random
from typing import Any

import pytest
from hypothesis import given, settings

from backroad.verifier import Verdict
from backroad.verifier.histories import History, Operation, message_order
from tests.verifier.histories.recorded import FAIL, OK, UNKNOWN, changed, op
from tests.verifier.histories.test_linearize import SEEDS

PASSED, FAILED, UNCLEAR = Verdict.PASSED, Verdict.FAILED, Verdict.UNCLEAR


def chatted(seed: int, *, lost: float = 0.2, backfill: bool = True) -> History:
    """A correct chat: three senders, three listeners who come, go and come back."""
    chance = random.Random(seed)
    operations: list[Operation] = []
    log: list[tuple[float, str, Any]] = []
    for sender in ("ann", "bob", "cyd"):
        now = chance.random()
        for number in range(5):
            start, message = now, f"{sender}-{number}"
            moment, end = start + 0.1, start + 0.2
            outcome = chance.choice([OK, OK, OK, OK, FAIL])
            happened = outcome is OK
            if chance.random() < lost:
                outcome, moment = UNKNOWN, moment + chance.choice([0, 3])
            operations.append(op(sender, "send", start, end, outcome, message=message))
            if happened:
                log.append((moment, message, sender))
            now = end + chance.random()
    log.sort()
    for listener in range(3):
        operations += listened(chance, f"listener-{listener}", log, backfill=backfill)
    return History(operations)


def listened(chance: random.Random, name: str, log: list[tuple[float, str, Any]], *, backfill: bool) -> list[Operation]:
    joined = chance.random() * 2
    left = joined + 0.2 + chance.random() * 3
    back = left + 0.3 + chance.random() * 2
    operations = [op(name, "join", joined - 0.01, joined), op(name, "leave", left, left + 0.01)]
    operations.append(op(name, "join", back - 0.01, back))
    for moment, message, _ in log:
        if moment > joined and (backfill or not left < moment < back):
            arrived = moment if not left < moment < back else back
            operations.append(op(name, "receive", arrived + 0.001, arrived + 0.001, message=message))
    return operations


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_chat_never_fails(seed: int):
    assert message_order(chatted(seed)).verdict is not FAILED
    assert message_order(chatted(seed, backfill=False), backfill=False).verdict is not FAILED


@settings(max_examples=40)
@given(SEEDS)
def test_a_message_dropped_doubled_or_reordered_is_caught(seed: int):
    history = chatted(seed, lost=0)
    after = {one.process: one.end for one in reversed(history.of("join"))}
    sent = {one.args["message"]: one for one in history.of("send")}
    heard = [one for one in history.of("receive") if sent[one.args["message"]].start > after[one.process]]
    if not heard:
        return
    one = heard[seed % len(heard)]
    assert message_order(changed(history, one, remove=True)).verdict is FAILED
    assert message_order(changed(history, one, remove=True), drained=False).verdict is UNCLEAR
    twice = op(one.process, "receive", 50, 50, message=one.args["message"])
    assert message_order(History([*history.operations, twice])).verdict is FAILED
    mine = sent[one.args["message"]].process
    later = [
        other for other in heard
        if other.process == one.process and other.start > one.start and sent[other.args["message"]].process == mine
    ]  # fmt: skip
    if later:
        assert message_order(changed(history, one, start=60, end=60)).verdict is FAILED


def send(message: str, start: float, outcome: Any = OK, process: str = "ann") -> Operation:
    return op(process, "send", start, start + 1, outcome, message=message)


def got(message: str, start: float, process: str = "bob") -> Operation:
    return op(process, "receive", start, start, message=message)


def came(start: float, kind: str = "join", process: str = "bob") -> Operation:
    return op(process, kind, start, start + 0.5)


@pytest.mark.parametrize(
    ("operations", "verdict", "said"),
    [
        ([send("a", 0), send("b", 2), got("a", 1), got("b", 3)], PASSED, None),
        ([send("a", 0), send("b", 2), got("b", 3), got("a", 4)], FAILED, 'client bob got "a" after "b"'),
        ([send("a", 0), send("b", 2, process="cyd"), got("b", 3), got("a", 4)], PASSED, None),
        ([send("a", 0, UNKNOWN), send("b", 2), got("b", 3), got("a", 4)], PASSED, None),
        ([send("a", 0), got("a", 1), got("a", 2)], FAILED, 'client bob got "a" twice'),
        ([got("a", 1)], FAILED, 'client bob got "a", which nobody had sent'),
        ([send("a", 0, FAIL), got("a", 1)], FAILED, 'client bob got "a", which was refused'),
        ([send("a", 5), got("a", 1)], FAILED, 'client bob got "a", which nobody had sent'),
        ([send("a", 0), send("b", 2), got("a", 1)], FAILED, 'client bob without one of two: "b"'),
        ([send("a", 0), send("b", 2, UNKNOWN), got("a", 1)], PASSED, None),
        ([send("a", 0, UNKNOWN), got("a", 1), came(-1, process="cyd")], FAILED, 'client cyd without one of one: "a"'),
        ([send("a", 0), came(2), send("b", 4), got("b", 5)], PASSED, None),
        ([came(0), came(1, "leave"), send("a", 2), came(4), got("a", 5)], PASSED, None),
        ([came(0), came(1, "leave"), send("a", 2), came(4)], FAILED, 'client bob without one of one: "a"'),
        ([came(0), send("a", 2), came(4, "leave")], UNCLEAR, "nobody was owed a message"),
        ([send("a", 0)], UNCLEAR, "nobody was owed a message"),
    ],
)
def test_verdicts(operations: list[Operation], verdict: Verdict, said: str | None):
    judged = message_order(History(operations))
    assert judged.verdict is verdict
    assert said in (None, judged.got)


def test_without_backfill_what_was_sent_meanwhile_is_not_owed():
    history = History([came(0), came(1, "leave"), send("a", 2), came(4), send("b", 5), got("b", 6)])
    assert message_order(history).verdict is FAILED
    assert message_order(history, backfill=False).verdict is PASSED


def test_an_echo_can_be_asked_for():
    history = History([came(0), send("a", 2, process="bob"), send("b", 4), got("b", 5)])
    assert message_order(history).verdict is PASSED
    assert message_order(history, echo=True).verdict is FAILED


def test_rooms_are_judged_apart():
    history = History(
        [op("ann", "send", 0, 1, room="x", message="a"), op("bob", "join", -2, -1, room="y")],
    )
    assert message_order(history).verdict is UNCLEAR


def test_messages_must_differ():
    with pytest.raises(ValueError, match='the message "a" was sent twice'):
        message_order(History([send("a", 0), send("a", 2)]))
