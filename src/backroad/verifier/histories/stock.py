"""Stock: nothing is sold that is not there, and what is sold is gone."""

from collections.abc import Hashable, Mapping

from backroad.verifier.histories.counter import bounds, uncertain
from backroad.verifier.histories.history import History, Operation
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.wording import value


def stock(history: History, initial: Mapping[Hashable, int]) -> Judgement:
    """Operations: `buy` and `restock` (item; quantity, 1 if left out), `read` (item; the result is what is left).

    Failed if more was certainly sold by some moment than can have been there, if a read is below zero, or if a read
    does not fit what was sold and restocked before it: at least the certain ones, at most the unknown ones too.
    Unclear if nothing was sold and nothing read.
    """
    expected = "nothing sold that is not there, and what is sold is gone"
    told = False
    for item, first in initial.items():
        operations = [one for one in history.operations if one.args.get("item") == item]
        changes = [(one, signed(one)) for one in operations if one.kind in ("buy", "restock") and one.possible]
        reads = [one for one in operations if one.kind == "read" and one.ok]
        sold = [one for one, _ in changes if one.kind == "buy" and one.ok]
        over = oversold(sold, [one for one, _ in changes if one.kind == "restock"], first)
        if over is not None:
            number, there, until = over
            return failed(f"at most {there} of {value(item)} sold", f"{number} sold", until)
        for read in reads:
            fits = bounds(history, changes, read, first)
            if isinstance(read.result, int) and read.result < 0:
                return failed(f"a stock of {value(item)} not below 0", str(read.result), (*sold[-5:], read))
            if not fits.hold(read.result):
                shown = uncertain(history, changes, read)
                return failed(f"a stock of {value(item)} of {fits}", value(read.result), (*shown, read))
        told = told or bool(sold or reads)
    if not told:
        return unclear(expected, "nothing was certainly sold, and no stock read")
    return passed(expected, "no more sold than there was, and every read within its bounds")


def quantity(one: Operation) -> int:
    return int(one.args.get("quantity", 1))


def signed(one: Operation) -> int:
    return -quantity(one) if one.kind == "buy" else quantity(one)


def oversold(sold: list[Operation], restocks: list[Operation], first: int) -> tuple[int, int, list[Operation]] | None:
    """Number sold by some moment, number that can have been there by then, and the sales."""
    ended = sorted(sold, key=lambda one: one.end)
    number = 0
    for place, sale in enumerate(ended):
        number += quantity(sale)
        there = first + sum(quantity(one) for one in restocks if one.start <= sale.end)
        if number > there:
            return number, there, ended[max(0, place - 11) : place + 1]
    return None
