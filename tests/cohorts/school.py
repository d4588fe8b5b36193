"""Two cohorts on one server: Alice and Bob learn in Dan's, and Carol instructs another one, in which Zoe learns."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Connection

from backroad.cohorts import actions, invitations
from backroad.cohorts.model import Cohort
from backroad.identity import actions as people
from backroad.identity.model import Person
from backroad.kit.db import Database
from backroad.labs import actions as labs
from backroad.labs.model import Run
from backroad.progress import Facts
from tests.server_mode import Hosted, Member, hosting

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
START, END = NOW.date() - timedelta(days=30), NOW.date() + timedelta(days=60)
CHECKS = ("links.creates", "links.redirects", "races.one_owner")
FACTS = Facts(checks={"sql.constraints": ("shortener/races.one_owner",)})


def person(tx: Connection, name: str, role: str = "learner", now: datetime = NOW) -> Person:
    return people.add(tx, email=f"{name}@example.org", name=name.capitalize(), role=role, now=now, verified=True)  # type: ignore[arg-type]


def cohort(tx: Connection, instructor: Person, name: str = "Spring", road: str = "canonical") -> Cohort:
    given = {"name": name, "road": road, "roads": {road}, "start": START, "end": END, "minutes_a_week": 300}
    return actions.make(tx, instructor, now=NOW - timedelta(days=31), **given)  # type: ignore[arg-type]


def enrol(tx: Connection, chosen: Cohort, instructor: Person, learners: Sequence[Person]) -> None:
    before = NOW - timedelta(days=30)
    _, token = invitations.invite(tx, chosen, instructor, days=365, uses=10_000, now=before)
    for learner in learners:
        invitations.join(tx, learner, token, before)


def report(verdicts: dict[str, str], proves: Sequence[str] = ("sql.constraints",)) -> dict[str, Any]:
    """As the verifier writes it, with what the product reads of it."""
    checks = [
        {"id": name, "claim": f"Claim of {name}", "verdict": verdict, "seconds": 0.1, "proves": list(proves)}
        for name, verdict in verdicts.items()
    ]
    counts = {word: list(verdicts.values()).count(word) for word in ("passed", "failed", "unclear", "not_run")}
    return {"summary": counts, "stages": [{"number": 1, "title": "It works", "checks": checks}]}


def run(
    tx: Connection, learner: str, verdicts: dict[str, str], at: datetime = NOW, lab: str = "shortener", **more: Any
) -> Run:
    begun = labs.begin_run(tx, learner, lab=lab, folder="/home/me/app", seed="7Q2F", whole=True, now=at)
    return labs.finish_run(tx, begun, report(verdicts, **more), now=at + timedelta(seconds=9), facts=FACTS)


class School(NamedTuple):
    server: Hosted
    alice: Member
    bob: Member
    zoe: Member
    dan: Member
    carol: Member
    admin: Member
    spring: Cohort
    other: Cohort
    run: Run
    """Alice's."""

    @property
    def db(self) -> Database:
        return self.server.db

    @property
    def path(self) -> str:
        return f"/cohorts/{self.spring.id}"


@contextmanager
def opened(folder: Path, **variables: str) -> Iterator[School]:
    with hosting(folder, **variables) as server:
        who = {name: server.member(name) for name in ("alice", "bob", "zoe")}
        who |= {name: server.member(name, "instructor") for name in ("dan", "carol")}
        who["admin"] = server.member("dana", "admin")

        def fill(tx: Connection) -> tuple[Cohort, Cohort, Run]:
            mine, other = cohort(tx, who["dan"].person), cohort(tx, who["carol"].person, "Autumn")
            enrol(tx, mine, who["dan"].person, [who["alice"].person, who["bob"].person])
            enrol(tx, other, who["carol"].person, [who["zoe"].person])
            made = run(tx, who["alice"].id, {"races.one_owner": "failed", "links.creates": "passed"})
            return mine, other, made

        spring, other, made = server.db.run_now(fill)
        yield School(server=server, spring=spring, other=other, run=made, **who)
