"""Lays the work into the days. Whole numbers only: a day is its ordinal, an item its place in the order.

A day is filled in this order, each step only while minutes are left:

1. reviews that are due, at most a third of the day; the rest waits for the next day
2. what the learner moved to this day
3. drills of skills learned on an earlier day
4. the skill that is being learned
5. the next skill or lab stage of the road that waits for nothing; a lab takes two thirds of the time while there
   are skills to learn beside it, and one lab is open at a time
6. the lab, beyond its two thirds
7. drills of a skill learned today

What is due and would else come late goes before 3 to 7, in its own order and without a share; only the drills of a
skill learned today wait for the rest of it.

So the first unfinished item of the order can always go on, and every day with minutes brings the end nearer. What was
moved to a later day steps aside until then: its place is taken by what comes next, and what needs it waits with it.
"""

import math
from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from backroad.planner.work import BUILD, DRILL, LEARN, Work

AHEAD = 6
"""How many unfinished items are considered at a time: practice is mixed, but the road keeps its order."""
LEAST = (15, 15, 30)
"""Minutes below which learning, drilling and building are not begun, unless the whole day is shorter."""
TAIL = 5
"""A part is not cut so that less than this is left over."""
REVIEWS_WAIT_DAYS = 14
"""Reviews that are left over at the end of the plan are worth a warning when they are more than so many days hold."""
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
    most: float = math.inf
    """How many a day takes at most."""
    answered: int | None = None
    """How many were answered on the first day; None to judge by their minutes."""


class Miss(NamedTuple):
    """Why a pinned part did not get its day."""

    why: Literal["off", "full", "needs"]
    minutes: int = 0
    """full: so many were missing."""
    needs: int = -1
    """needs: the item that comes first."""


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
    over: tuple[int, int] = (0, 0)
    """How many those were when work and forecast were done, and on which day."""
    complete: bool = False
    kept: set[tuple[int, int]] = field(default_factory=set)
    """(item, part) of pins that got their day."""
    missed: dict[tuple[int, int], Miss] = field(default_factory=dict)
    """Those that did not."""


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
    while day <= last and (laying.unfinished or day <= listed):
        laying.fill_day(day)
        day += 1
    laying.laid.complete = not laying.unfinished
    laying.laid.over = (laying.laid.waiting, day - 1)
    tail = day + REVIEWS_WAIT_DAYS if laying.laid.complete and not stop else day
    while laying.laid.waiting and day < tail:  # the reviews that are left over still get their days
        laying.fill_day(day)
        day += 1
    laying.laid.last = day - 1
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
        self.put_off: dict[int, list[int]] = {}
        """Day -> items that step aside until then."""
        self.pinned: dict[int, list[tuple[int, int]]] = {}
        """Day -> pinned parts that are to get it."""
        for (place, part), pin in work.pins.items():
            self.pinned.setdefault(pin.day, []).append((place, part))
            if not part:
                self.put_off.setdefault(pin.day, []).append(place)
        self.parked: set[int] = set()
        """Items that wait for one that stepped aside, and let later ones pass."""
        self.active: list[int] = []
        self.upcoming = 0
        self._take_up()
        self.lab = next((place for place in self.active if self._goes_on(place)), -1)
        self.share = 0

    def _goes_on(self, place: int) -> bool:
        """A lab that was begun before the plan and can go on at once."""
        return not self.needs[place] and any(stage.done for stage in self.work.items[place].stages)

    @property
    def unfinished(self) -> bool:
        return bool(self.active or self.put_off or self.parked)

    def _take_up(self) -> None:
        """Consider the next items of the order, but for those that wait for their day."""
        while len(self.active) < AHEAD and self.upcoming < len(self.work.items):
            if (self.upcoming, 0) not in self.work.pins:
                self.active.append(self.upcoming)
            self.upcoming += 1

    def fill_day(self, day: int) -> None:
        whole = self.calendar.available(day)
        free, reviewed, most = whole, 0, self.reviews.most
        if day == self.calendar.first:
            free, reviewed = max(0, whole - self.calendar.used), self.calendar.reviewed
            answered = self.reviews.answered
            most = max(0, most - (round(reviewed / self.reviews.each) if answered is None else answered))
        self.laid.waiting += self.coming.pop(day, 0)
        wishes = self.pinned.pop(day, None)
        if wishes:
            for place in self.put_off.pop(day, ()):
                insort(self.active, place)
        if free <= 0:
            for place, part in wishes or ():
                self._miss(place, part, Miss("full", self._wished(place, part)) if whole else Miss("off"))
            return
        free -= self._review(day, min(free, whole // 3 - reviewed), most)
        self.share = min(2 * free, self.share + 2 * free // 3)
        self._fill(day, free, wishes or [])

    def _fill(self, day: int, free: int, wishes: list[tuple[int, int]]) -> None:
        """Lay what was moved to this day as soon as it can be, and the others around it."""
        fresh, today, kept_free = free, len(self.laid.chunks), 0
        if wishes:
            free, kept_free = self._keep(day, free, wishes, today)
        while free > 0:
            place, take = self._choose(day, free - kept_free, fresh, today)
            if place < 0:
                if wishes:  # nothing more can be done for them: the minutes kept for them are free again
                    self._give_up(wishes)
                    kept_free = 0
                elif not (self.put_off and self._look_further()):
                    break
                continue
            free -= take
            self._lay(day, place, take, today)
            if wishes:
                free, kept_free = self._keep(day, free, wishes, today)
        self._give_up(wishes)

    def _keep(self, day: int, free: int, wishes: list[tuple[int, int]], today: int) -> tuple[int, int]:
        """Lay the wishes that can be laid; the minutes then free, and those of them to keep for the others."""
        for place, part in tuple(wishes):
            if self.needs[place] or self.part[place] != part:
                continue
            wishes.remove((place, part))
            take = self._wished(place, part)
            if take > free:
                self._miss(place, part, Miss("full", take - free))
                continue
            free -= take
            self._lay(day, place, take, today)
            self.laid.kept.add((place, part))
        return free, min(free, sum(self._wished(place, part) for place, part in wishes))

    def _wished(self, place: int, part: int) -> int:
        """The minutes that a pin asks for; with them a crumb that would be left over."""
        whole, asked = self.work.parts[place][part][2], self.work.pins[place, part].minutes
        return whole if whole - asked < TAIL else asked

    def _give_up(self, wishes: list[tuple[int, int]]) -> None:
        for place, part in wishes:
            waits_for = place
            if self.part[place] == part:
                waits_for = next(
                    other for other, left in enumerate(self.left) if left and place in self.work.frees[other]
                )
            self._miss(place, part, Miss("needs", needs=waits_for))
        wishes.clear()

    def _miss(self, place: int, part: int, miss: Miss) -> None:
        self.laid.missed[place, part] = miss

    def _look_further(self) -> bool:
        """Whether there are more items to consider, when all that are considered wait for one that stepped aside."""
        if self.upcoming >= len(self.work.items) or not all(self.needs[place] for place in self.active):
            return False
        self.parked.update(self.active)
        self.active.clear()
        self._take_up()
        return True

    def _review(self, day: int, room: int, most: float) -> int:
        """Minutes used of the room."""
        count = int(min(self.laid.waiting, room // self.reviews.each, most)) if room > 0 else 0
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
            if self.part[place] <= self.work.urgent.get(place, -1):
                rank = -1 if kind == DRILL and self.learned_on[place] >= day else -2
            elif kind == DRILL:
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
        parts, part = self.work.parts[place], self.part[place] + 1
        if part == len(parts) or parts[part][:2] != parts[part - 1][:2]:  # not one that a wish cut in two
            self._finish(day, place)
        if part < len(parts):
            self.part[place] = part
            self.kind[place], _, self.left[place] = parts[part]
            pin = self.work.pins.get((place, part))
            if pin is not None and pin.day > day:
                self._step_aside(place)
                self.put_off.setdefault(pin.day, []).append(place)
            return
        for other in self.work.frees[place]:
            self.needs[other] -= 1
            if other in self.parked and not self.needs[other]:
                self.parked.remove(other)
                insort(self.active, other)
        self._step_aside(place)

    def _finish(self, day: int, place: int) -> None:
        if self.kind[place] == LEARN:
            self.learned_on[place] = day
        elif self.kind[place] == DRILL:
            for gap in self.reviews.gaps:
                self.coming[day + gap] = self.coming.get(day + gap, 0) + self.work.items[place].drills

    def _step_aside(self, place: int) -> None:
        self.active.remove(place)
        if self.lab == place:
            self.lab = -1
        self._take_up()
