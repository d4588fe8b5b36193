"""The search itself against trying every order, and the register judge that uses it."""

import itertools
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.verifier import Verdict
from backroad.verifier.histories import IMPOSSIBLE, History, Operation, linearizable, register
from backroad.verifier.histories.register import step
from tests.verifier.histories.recorded import UNKNOWN, Refused, op, scrambled, simulate

SEEDS = st.integers(0, 1 << 32)


def plan(chance: random.Random, process: int) -> tuple[str, dict[str, Any]]:
    kind = chance.choice(["read", "write", "swap"])
    if kind == "write":
        return kind, {"value": chance.randint(1, 3)}
    return kind, {"old": chance.randint(1, 3), "new": chance.randint(1, 3)} if kind == "swap" else {}


def apply(state: list[Any], kind: str, args: dict[str, Any], process: int) -> Any:
    if kind == "write":
        state[0] = args["value"]
    elif kind == "swap":
        if state[0] != args["old"]:
            raise Refused
        state[0] = args["new"]
    return state[0] if kind == "read" else None


def every_order(history: History, operations: list[Operation]) -> bool:
    """Straight from the definition: some choice of the unknown ones, in some order that keeps to real time."""
    certain = [one for one in operations if one.ok]
    unknown = [one for one in operations if one.outcome is UNKNOWN]
    for number in range(len(unknown) + 1):
        for chosen in itertools.combinations(unknown, number):
            for order in itertools.permutations([*certain, *chosen]):
                if any(history.before(b, a) for a, b in itertools.combinations(order, 2)):
                    continue
                state: Any = None
                for one in order:
                    state = step(state, one)
                    if state is IMPOSSIBLE:
                        break
                else:
                    return True
    return False


@settings(max_examples=40)
@given(SEEDS)
def test_the_search_finds_what_trying_every_order_finds(seed: int):
    history = simulate(seed, [None], plan, apply, processes=3, each=2)
    for one in (history, scrambled(seed, history, lambda chance, one: chance.choice([None, 1, 2, 3]))):
        assert linearizable(one, one.operations, step, None) is every_order(one, one.operations)


@settings(max_examples=40)
@given(SEEDS)
def test_a_correct_register_never_fails(seed: int):
    history = simulate(seed, [None], plan, apply, last=("read", {}))
    assert register(history).verdict is not Verdict.FAILED


def test_a_stale_read_fails_and_is_named():
    stale = op(3, "read", 4, 5, result=1)
    judged = register(
        History([op(1, "write", 0, 1, value=1), op(2, "write", 2, 3, value=2), stale, op(3, "read", 6, 7, result=2)])
    )
    assert judged.verdict is Verdict.FAILED
    assert judged.got == "client 3: read gave 1 (ok), which no order of the operations explains"
    assert stale in judged.witness
    assert len(judged.witness) == 3


def test_a_write_without_an_answer_explains_a_late_value():
    write, lost = op(1, "write", 0, 1, value=1), op(2, "write", 2, 3, UNKNOWN, value=2)
    reads = [op(3, "read", 4, 5, result=1), op(3, "read", 6, 7, result=2)]
    assert register(History([write, lost, *reads])).verdict is Verdict.PASSED
    assert register(History([write, lost, *reads, op(3, "read", 8, 9, result=1)])).verdict is Verdict.FAILED
    assert register(History([write, lost, *reads], settled=3.5)).verdict is Verdict.FAILED


def test_a_swap_that_overwrites_another_fails():
    both = [op(1, "swap", 0, 2, old=None, new=1), op(2, "swap", 1, 3, old=None, new=2)]
    assert register(History([*both, op(3, "read", 4, 5, result=2)])).verdict is Verdict.FAILED


def test_what_cannot_be_told_is_unclear():
    assert register(History([op(1, "write", 0, 1, value=1)])).verdict is Verdict.UNCLEAR
    crowd = [op(number, "write", 0, 100, value=number) for number in range(40)]
    read = op("reader", "read", 101, 102, result="nobody wrote it")
    judged = register(History([*crowd, read]), budget=2000)
    assert (judged.verdict, judged.got) == (Verdict.UNCLEAR, "too many operations at the same time to tell")
