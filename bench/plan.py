"""How long a plan takes: a whole road of 150 skills and 11 labs over about 18 months.

    python bench/plan.py [--json]

Once as the planner likes it, and once with a dozen sessions that the learner moved.

Exits with 1 when a median is above the bar of 10 ms.
"""

import argparse
import json
import random
import statistics
import sys
import time
from datetime import date, timedelta

import msgspec

from backroad.planner.model import Availability, Item, Request, Stage
from backroad.planner.schedule import plan
from backroad.planner.wishes import wish_for

BAR_MS = 10.0
START = date(2027, 1, 4)


def road(skills: int = 150, labs: int = 11) -> tuple[Item, ...]:
    """Skills with one to three earlier ones required, a lab after every fourteenth."""
    chance, items = random.Random(7), []  # type: random.Random, list[Item]
    names: list[str] = []
    for number in range(skills):
        requires = tuple(chance.sample(names[-12:], min(len(names), chance.randint(1, 3))))
        names.append(f"area.skill-{number}")
        minutes = chance.choice((30, 45, 60, 75, 90))
        items.append(Item(names[-1], "skill", f"Skill {number}", minutes, requires, number % 9 == 8, drills=6))
        if number % 14 == 10 and number // 14 < labs:
            stages = tuple(Stage(f"Stage {place}", chance.choice((60, 90, 150))) for place in range(1, 9))
            total = sum(stage.minutes for stage in stages)
            items.append(Item(f"lab-{number // 14}", "lab", "Lab", total, tuple(names[-6:]), stages=stages))
    return tuple(items)


def request() -> Request:
    due = {START + timedelta(days=day): 6 for day in range(60)}
    availability = Availability(
        (45, 45, 0, 45, 45, 60, 0), frozenset(START + timedelta(days=day) for day in range(180, 194))
    )
    return Request(road(), availability, START, START, due)


def wished(asked: Request) -> Request:
    """The same with every fortieth session moved by a week, whether or not that can be."""
    made = plan(asked)
    sessions = [(day.date, s) for day in made.days for s in day.sessions if s.kind != "review"][::40][:12]
    wishes = [wish_for(made, session, held + timedelta(weeks=1)) for held, session in sessions]
    return msgspec.structs.replace(asked, wishes=tuple(wishes))


def timed(asked: Request, rounds: int) -> list[float]:
    """Milliseconds, in order of length."""
    times = []
    for _ in range(rounds):
        begin = time.perf_counter()
        plan(asked)
        times.append((time.perf_counter() - begin) * 1000)
    return sorted(times)


def measure(rounds: int) -> dict[str, float | int]:
    asked = request()
    made, times = plan(asked), timed(asked, rounds)
    moved = timed(wished(asked), rounds)
    return {
        "median_ms": round(statistics.median(times), 3),
        "p95_ms": round(times[int(len(times) * 0.95)], 3),
        "moved_median_ms": round(statistics.median(moved), 3),
        "plans_per_second": round(1000 * len(times) / sum(times), 1),
        "items": len(asked.items),
        "days": len(made.days),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=200)
    asked = parser.parse_args()
    result = measure(max(1, asked.rounds))
    if asked.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:<18}{value}")
        print(f"bar               median at most {BAR_MS:g} ms")
    return 0 if max(result["median_ms"], result["moved_median_ms"]) <= BAR_MS else 1


if __name__ == "__main__":
    sys.exit(main())
