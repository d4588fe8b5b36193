"""Lays the work into the days. Whole numbers only: a day is its ordinal, an item its place in the order.

A day is filled in this order, each step only while minutes are left:

1. reviews that are due, at most a third of the day; the rest waits for the next day
2. drills of skills learned on an earlier day
3. the skill that is being learned
4. the next skill or lab stage of the road that waits for nothing; a lab takes two thirds of the time while there
   are skills to learn beside it, and one lab is open at a time
5. the lab, beyond its two thirds
6. drills of a skill learned today

So the first unfinished item of the order can always go on, and every day with minutes brings the end nearer.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from backroad.planner.work import BUILD, DRILL, LEARN, Work

AHEAD = 6
"""How many unfinished items are considered at a time: practice is mixed, but the road keeps its order."""
LEAST = (15, 15, 30)
"""Minutes below which learning, drilling and building are not begun, unless the whole day is shorter."""
TAIL = 5
"""A part is not cut so that less than this is left over."""
HORIZON = 2192
"""Days from the first one: six years."""


@dataclass(frozen=True, slots=True)
class Calendar:
    week: tuple[int, int, int, int, int, int, int]
    off: frozenset[int]
    first: int
    used: int = 0
    """Minutes of the first day that are already used."""
    reviewed: int = 0
    """Those of them that went into reviews."""

    def available(self, day: int) -> int:
        return 0 if day in self.off else self.week[(day - 1) % 7]


@dataclass(frozen=True, slots=True)
class Reviews:
    due: Mapping[int, int]
    gaps: tuple[int, ...]
    each: float
    last: int
    """The last day of the forecast: the days go on at least to here."""


@dataclass(slots=True)
class Laid:
    chunks: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(day, item, part, minutes), in order."""
    reviews: dict[int, tuple[int, int]] = field(default_factory=dict)
    """day -> (how many, minutes)."""
    end: int = 0
    """Last day with work; 0 when there was none."""
    last: int = 0
    """Last day that was looked at."""
    waiting: int = 0
    """Reviews due that found no room."""
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a plan is made from."""

    work: Work
    calendar: Calendar
    reviews: Reviews
    learned_today: frozenset[str]
    """Skills whose lesson was finished on the first day: their drills rather wait for the next."""


def fill(setting: Setting, stop: int = 0) -> Laid:
    """Fill days until the work and the forecast are done, or until the horizon or `stop` (then not `complete`)."""
    laying = _Laying(setting)
    first = setting.calendar.first
    last, listed = min(stop or first + HORIZON, first + HORIZON), max(setting.reviews.last, first)
    day = first
    while day <= last and (laying.active or day <= listed):
        laying.fill_day(day)
        day += 1
    laying.laid.last = day - 1
    laying.laid.complete = not laying.active
    return laying.laid


class _Laying:
    """What is under way while the days are filled."""

    def __init__(self, setting: Setting) -> None:
        self.work = work = setting.work
        self.calendar = calendar = setting.calendar
        self.reviews = reviews = setting.reviews
        self.coming = {day: count for day, count in reviews.due.items() if day > calendar.first}
        self.laid = Laid(waiting=sum(reviews.due.values()) - sum(self.coming.values()))
        count = len(work.items)
        self.needs = list(work.needs)
        self.part = [0] * count
        self.kind = [parts[0][0] for parts in work.parts]
        self.left = [parts[0][2] for parts in work.parts]
        self.begun = [item.done_minutes > 0 for item in work.items]
        self.learned_on = [calendar.first if item.id in setting.learned_today else 0 for item in work.items]
        self.active = list(range(min(AHEAD, count)))
        self.upcoming = len(self.active)
        self.lab = next((place for place in self.active if self._goes_on(place)), -1)
        self.share = 0

    def _goes_on(self, place: int) -> bool:
        """A lab that was begun before the plan and can go on at once."""
        return not self.needs[place] and any(stage.done for stage in self.work.items[place].stages)

    def fill_day(self, day: int) -> None:
        whole = self.calendar.available(day)
        free, reviewed = whole, 0
        if day == self.calendar.first:
            free, reviewed = max(0, whole - self.calendar.used), self.calendar.reviewed
        self.laid.waiting += self.coming.pop(day, 0)
        if free <= 0:
            return
        free -= self._review(day, min(free, whole // 3 - reviewed))
        fresh = free
        self.share = min(2 * free, self.share + 2 * free // 3)
        today = len(self.laid.chunks)
        while free > 0:
            place, take = self._choose(day, free, fresh, today)
            if place < 0:
                break
            free -= take
            self._lay(day, place, take, today)

    def _review(self, day: int, room: int) -> int:
        """Minutes used of the room."""
        count = min(self.laid.waiting, int(room / self.reviews.each)) if room > 0 else 0
        if not count:
            return 0
        minutes = math.ceil(count * self.reviews.each)
        self.laid.waiting -= count
        self.laid.reviews[day] = (count, minutes)
        return minutes

    def _choose(self, day: int, free: int, fresh: int, today: int) -> tuple[int, int]:
        """The best item to go on with and for how many minutes; (-1, 0) when nothing fits."""
        best, best_rank, best_take = -1, 9, 0
        for place in self.active:
            if self.needs[place]:
                continue
            kind, room = self.kind[place], free
            if kind == DRILL:
                rank = 2 if self.learned_on[place] < day else 6
            elif kind == LEARN:
                rank = 3 if self.begun[place] else 4
            elif self.lab >= 0 and self.lab != place:
                continue
            elif self.share >= min(LEAST[BUILD], fresh):
                rank, room = 4, min(free, self.share)
            else:
                rank = 5
            if rank < best_rank:
                take = self._fit(place, room, fresh, today)
                if take:
                    best, best_rank, best_take = place, rank, take
        return best, best_take

    def _fit(self, place: int, room: int, fresh: int, today: int) -> int:
        """Minutes of the item's part that go into the room; 0 for none."""
        left = self.left[place]
        if left <= room:
            return left
        least, tail = min(LEAST[self.kind[place]], fresh), left - TAIL
        if room < least:
            # A part that is already on today's list may grow by less.
            part = self.part[place]
            if not any(chunk[1] == place and chunk[2] == part for chunk in self.laid.chunks[today:]):
                return 0
            return max(0, min(room, tail))
        return tail if least <= tail < room else room

    def _lay(self, day: int, place: int, take: int, today: int) -> None:
        chunks, part = self.laid.chunks, self.part[place]
        for number in range(today, len(chunks)):
            if chunks[number][1] == place and chunks[number][2] == part:
                chunks[number] = (day, place, part, chunks[number][3] + take)
                break
        else:
            chunks.append((day, place, part, take))
        self.laid.end = day
        self.begun[place] = True
        if self.kind[place] == BUILD:
            self.lab = place
            self.share = max(0, self.share - take)
        self.left[place] -= take
        if not self.left[place]:
            self._finish_part(day, place)

    def _finish_part(self, day: int, place: int) -> None:
        if self.kind[place] == LEARN:
            self.learned_on[place] = day
        elif self.kind[place] == DRILL:
            for gap in self.reviews.gaps:
                self.coming[day + gap] = self.coming.get(day + gap, 0) + self.work.items[place].drills
        part = self.part[place] + 1
        if part < len(self.work.parts[place]):
            self.part[place] = part
            self.kind[place], _, self.left[place] = self.work.parts[place][part]
            return
        for other in self.work.frees[place]:
            self.needs[other] -= 1
        self.active.remove(place)
        if self.lab == place:
            self.lab = -1
        if self.upcoming < len(self.work.items):
            self.active.append(self.upcoming)
            self.upcoming += 1
