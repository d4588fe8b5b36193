"""What a judge says of a history."""

from collections.abc import Iterable

import msgspec

from backroad.verifier.histories.history import Operation
from backroad.verifier.verdict import Failed, Unclear, Verdict

MAX_WITNESSES = 12


class Judgement(msgspec.Struct, frozen=True, kw_only=True):
    """`witness`: the few operations that show it, by start."""

    verdict: Verdict
    expected: str
    got: str
    witness: tuple[Operation, ...] = ()

    def conclude(self, sent: str = "") -> None:
        """Ends a check that failed or could not judge; returns if all is well."""
        if self.verdict is Verdict.FAILED:
            exchanges = [one.exchange for one in self.witness if one.exchange is not None]
            raise Failed(expected=self.expected, got=self.got, sent=sent, exchanges=exchanges)
        if self.verdict is Verdict.UNCLEAR:
            raise Unclear(self.got)


def passed(expected: str, got: str) -> Judgement:
    return Judgement(verdict=Verdict.PASSED, expected=expected, got=got)


def failed(expected: str, got: str, witness: Iterable[Operation] = ()) -> Judgement:
    shown = sorted(dict.fromkeys(witness), key=lambda one: one.start)[:MAX_WITNESSES]
    return Judgement(verdict=Verdict.FAILED, expected=expected, got=got, witness=tuple(shown))


def unclear(expected: str, got: str) -> Judgement:
    return Judgement(verdict=Verdict.UNCLEAR, expected=expected, got=got)
