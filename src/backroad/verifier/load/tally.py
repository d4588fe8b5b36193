"""What is counted while a load runs. Seconds of the clock are those of time.perf_counter."""

from backroad.verifier.load.histogram import Histogram

MAX_REASONS = 20  # different texts; a target must not fill the memory with them
OTHER = "other reasons"


class Tally:
    """Counts requests that were due from `start` on, for `seconds`; others are warm-up and leave no trace."""

    __slots__ = ("end", "errors", "failed", "in_time", "slots", "start", "statuses", "unsent", "wrong")

    def __init__(self, start: float, seconds: float) -> None:
        self.start = start
        self.end = start + seconds
        self.slots: list[Histogram | None] = [None] * (int(seconds) + 1)  # by the second in which requests were due
        self.failed = [0] * len(self.slots)
        self.statuses: dict[int, int] = {}
        self.errors: dict[str, int] = {}
        self.wrong: dict[str, int] = {}
        self.unsent = 0
        self.in_time = 0  # answers that came before the end

    def counts(self, at: float) -> bool:
        return self.start <= at < self.end

    def answered(self, at: float, now: float, status: int) -> None:
        if not self.start <= at < self.end:
            return
        slot = self.slots[int(at - self.start)]
        if slot is None:
            slot = self.slots[int(at - self.start)] = Histogram()
        slot.record(int((now - at) * 1e6))
        if status in self.statuses:
            self.statuses[status] += 1
        else:
            self.statuses[status] = 1
        if now < self.end:
            self.in_time += 1

    def lost(self, at: float, reason: str) -> None:
        if self.counts(at):
            self.failed[int(at - self.start)] += 1
            note(self.errors, reason)

    def not_sent(self, at: float) -> None:
        if self.counts(at):
            self.failed[int(at - self.start)] += 1
            self.unsent += 1

    def is_wrong(self, at: float, reason: str) -> None:
        if self.counts(at):
            note(self.wrong, reason)


def note(reasons: dict[str, int], reason: str) -> None:
    if reason not in reasons and len(reasons) >= MAX_REASONS:
        reason = OTHER
    reasons[reason] = reasons.get(reason, 0) + 1
