"""Who is in a cohort, invitations, assignments, comments and decisions: the rules, on a database of their own."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import NamedTuple

import msgspec
import pytest

from backroad.cohorts import actions, assigning, comments, decisions, figures, invitations, store
from backroad.cohorts.model import Assignment, Cohort, Content, LabContent
from backroad.identity import audit
from backroad.identity.model import Person
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.migrate import migrate
from backroad.progress import actions as progress
from backroad.progress.model import NewEvidence
from backroad.progress.standing import revoked
from tests.cohorts.school import END, FACTS, NOW, cohort, enrol, person, run
from tests.databases import database_url

CONTENT = Content(
    skills={"sql.constraints": ("Constraints", 60), "sql.joins": ("Joins", 30), "http.caching": ("Caching", 30)},
    labs={
        "shortener": LabContent(
            "URL shortener",
            (("shortener/links.creates",), ("shortener/links.redirects", "shortener/races.one_owner")),
            (60, 60),
        )
    },
    roads={"canonical": (("sql.constraints", "sql.joins", "http.caching"), ("shortener",))},
)


class World(NamedTuple):
    db: Database
    alice: Person
    bob: Person
    dan: Person
    carol: Person
    admin: Person
    spring: Cohort
    other: Cohort


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    db = Database(database_url(tmp_path_factory.mktemp("cohorts") / "backroad.db"))
    migrate(db)

    def fill(tx: object) -> World:
        alice, bob = person(tx, "alice"), person(tx, "bob")  # type: ignore[arg-type]
        dan, carol = (person(tx, name, "instructor") for name in ("dan", "carol"))  # type: ignore[arg-type]
        spring, other = cohort(tx, dan), cohort(tx, carol, "Autumn")  # type: ignore[arg-type]
        enrol(tx, spring, dan, [alice, bob])  # type: ignore[arg-type]
        return World(db, alice, bob, dan, carol, person(tx, "dana", "admin"), spring, other)  # type: ignore[arg-type]

    yield db.run_now(fill)
    db.close()


def token_of(world: World, **more: int) -> str:
    given = {"days": 7, "uses": 2, **more}
    return world.db.run_now(lambda tx: invitations.invite(tx, world.spring, world.dan, now=NOW, **given))[1]


def test_the_token_is_not_kept(world: World) -> None:
    token = token_of(world)
    (kept, *_) = world.db.run_now(lambda tx: store.invitations(tx, world.spring.id))
    assert token not in str(kept)
    rows = world.db.run_now(lambda tx: [tuple(row) for row in tx.exec_driver_sql("SELECT * FROM invitation")])
    assert token not in str(rows)
    assert invitations.fingerprint(token) in str(rows)


def test_an_invitation_is_used_up_expires_and_is_revoked(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def join(name: str, token: str, days: int = 0) -> Cohort:
        now = NOW + timedelta(days=days)
        return world.db.run_now(lambda tx: invitations.join(tx, person(tx, name), token, now))

    monkeypatch.setenv("BACKROAD_NOW", NOW.isoformat())
    token = token_of(world)
    assert world.db.run_now(lambda tx: actions.invitation_allows(tx, token))
    assert join("eve", token).id == world.spring.id
    assert join("frank", token, 6).id == world.spring.id
    with pytest.raises(NotFound):
        join("gus", token)
    assert not world.db.run_now(lambda tx: actions.invitation_allows(tx, token))
    expiring = token_of(world)
    with pytest.raises(NotFound):
        join("hal", expiring, 7)
    revoked = token_of(world)
    first = world.db.run_now(lambda tx: store.invitations(tx, world.spring.id))[0]
    world.db.run_now(lambda tx: invitations.revoke(tx, world.spring, world.dan, first.id, NOW))
    for wrong in (revoked, "", "x" * 100_000, "no such"):
        with pytest.raises(NotFound):
            world.db.run_now(lambda tx, wrong=wrong: invitations.join(tx, world.carol, wrong, NOW))


def test_joining_twice_counts_once_and_coming_back_after_leaving_is_possible(world: World) -> None:
    token = token_of(world, uses=3)
    for _ in range(2):
        world.db.run_now(lambda tx: invitations.join(tx, world.carol, token, NOW))
    assert world.db.run_now(lambda tx: store.invitations(tx, world.spring.id))[0].used == 1
    world.db.run_now(lambda tx: actions.leave(tx, world.carol, world.spring.id, NOW))
    assert world.db.run_now(lambda tx: not store.learns(tx, world.carol.id, world.spring.id))
    world.db.run_now(lambda tx: invitations.join(tx, world.carol, token, NOW))
    assert world.db.run_now(lambda tx: store.learns(tx, world.carol.id, world.spring.id))


def test_who_was_removed_needs_a_newer_invitation_and_keeps_their_evidence(world: World) -> None:
    token = token_of(world)
    later = NOW + timedelta(hours=1)
    world.db.run_now(lambda tx: run(tx, world.alice.id, {"links.creates": "passed"}))
    world.db.run_now(lambda tx: actions.remove_member(tx, world.dan, world.spring.id, world.alice.id, later))
    assert len(world.db.run_now(lambda tx: progress.ledger(tx, world.alice.id))) == 1
    for touch in (
        lambda tx: invitations.join(tx, world.alice, token, later),
        lambda tx: actions.member_of(tx, world.dan, world.spring.id, world.alice.id),
        lambda tx: actions.seen(tx, world.alice, world.spring.id),
    ):
        with pytest.raises(NotFound):
            world.db.run_now(touch)
    _, fresh = world.db.run_now(
        lambda tx: invitations.invite(tx, world.spring, world.dan, days=1, uses=1, now=later + timedelta(seconds=1))
    )
    world.db.run_now(lambda tx: invitations.join(tx, world.alice, fresh, later + timedelta(seconds=2)))
    assert world.db.run_now(lambda tx: store.learns(tx, world.alice.id, world.spring.id))


def test_an_unconfirmed_address_joins_nothing(world: World) -> None:
    stranger, token = msgspec.structs.replace(world.carol, verified_at=None), token_of(world)
    with pytest.raises(Problem, match="not confirmed"):
        world.db.run_now(lambda tx: invitations.join(tx, stranger, token, NOW))


def test_a_cohort_keeps_an_instructor_and_takes_only_instructors(world: World) -> None:
    where = (world.dan, world.spring.id)
    with pytest.raises(Problem, match="No instructor"):
        world.db.run_now(lambda tx: actions.add_instructor(tx, *where, "alice@example.org", NOW))
    with pytest.raises(Problem, match="at least one"):
        world.db.run_now(lambda tx: actions.remove_instructor(tx, *where, world.dan.id, NOW))
    world.db.run_now(lambda tx: actions.add_instructor(tx, *where, "CAROL@example.org", NOW))
    assert world.db.run_now(lambda tx: actions.taught(tx, world.carol, world.spring.id)) == world.spring
    world.db.run_now(lambda tx: actions.remove_instructor(tx, world.carol, world.spring.id, world.dan.id, NOW))
    with pytest.raises(NotFound):
        world.db.run_now(lambda tx: actions.taught(tx, world.dan, world.spring.id))
    demoted = msgspec.structs.replace(world.carol, role="learner")
    with pytest.raises(NotFound):
        world.db.run_now(lambda tx: actions.taught(tx, demoted, world.spring.id))
    assert world.db.run_now(lambda tx: actions.taught(tx, world.admin, world.spring.id)) == world.spring


def assign(world: World, **given: object) -> Assignment:
    chosen = {"kind": "skills", "skills": ["sql.joins"], "deadline": NOW.date() + timedelta(days=7), **given}
    return world.db.run_now(
        lambda tx: assigning.assign(tx, world.dan, world.spring.id, CONTENT, NOW, **chosen)  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"deadline": END + timedelta(days=1)},
        {"deadline": date(2020, 1, 1)},
        {"skills": []},
        {"skills": ["sql.magic"]},
        {"lab": "shortener"},
        {"kind": "lab", "skills": [], "lab": "nothing"},
        {"kind": "lab", "skills": ["sql.joins"], "lab": "shortener"},
        {"kind": "lab", "skills": [], "lab": "shortener", "stage": 1},
        {"kind": "stage", "skills": [], "lab": "shortener"},
        {"kind": "stage", "skills": [], "lab": "shortener", "stage": 3},
        {"title": "x" * 81},
        {"title": "a\x07b"},
    ],
)
def test_what_cannot_be_assigned(world: World, wrong: dict[str, object]) -> None:
    with pytest.raises(Problem) as told:
        assign(world, **wrong)
    assert told.value.status == 422


def test_an_assignment_is_called_after_its_work_and_is_done_when_that_is(world: World) -> None:
    stage = assign(world, kind="stage", skills=[], lab="shortener", stage=1)
    whole = assign(world, kind="lab", skills=[], lab="shortener")
    skill = assign(world)
    assert [one.title for one in (stage, whole, skill)] == ["URL shortener, up to stage 1", "URL shortener", "Joins"]

    def done(learner: str = "") -> list[int]:
        return world.db.run_now(
            lambda tx: figures.assignments_done(tx, world.spring, CONTENT, [stage, whole, skill], learner=learner)
        )

    assert done() == [0, 0, 0]
    world.db.run_now(lambda tx: run(tx, world.alice.id, {"links.creates": "passed"}))
    assert (done(), done(world.alice.id), done(world.bob.id)) == ([1, 0, 0], [1, 0, 0], [0, 0, 0])
    both = {"links.redirects": "passed", "races.one_owner": "passed"}
    world.db.run_now(lambda tx: run(tx, world.alice.id, both))
    world.db.run_now(
        lambda tx: decisions.decide(
            tx, world.dan, world.spring.id, world.bob.id, CONTENT,
            skill="sql.joins", outcome="passed", why="Shown in class", now=NOW, facts=FACTS,
        )
    )  # fmt: skip
    assert done() == [1, 1, 1]


def test_assignments_are_those_of_the_cohorts_that_go_on(world: World) -> None:
    assign(world)
    assert [one.cohort_name for one in world.db.run_now(lambda tx: actions.assigned_to(tx, world.alice.id))] == [
        "Spring"
    ]
    assert world.db.run_now(lambda tx: actions.assigned_to(tx, world.carol.id)) == []
    roads = {"canonical"}
    world.db.run_now(lambda tx: actions.change(tx, world.dan, world.spring.id, roads, NOW, archived=True))
    assert world.db.run_now(lambda tx: actions.assigned_to(tx, world.alice.id)) == []
    for touch in (
        lambda tx: actions.change(tx, world.dan, world.spring.id, roads, NOW, name="Other"),
        lambda tx: actions.taught(tx, world.dan, world.spring.id, going_on=True),
    ):
        with pytest.raises(Problem, match="archived"):
            world.db.run_now(touch)
    world.db.run_now(lambda tx: actions.change(tx, world.dan, world.spring.id, roads, NOW, archived=False))
    assert len(world.db.run_now(lambda tx: actions.assigned_to(tx, world.alice.id))) == 1


def test_a_comment_is_unread_until_the_run_is_opened(world: World) -> None:
    made = world.db.run_now(lambda tx: run(tx, world.alice.id, {"races.one_owner": "failed"}))
    where = (world.dan, world.spring.id, world.alice.id, made.id, ["races.one_owner"])

    def say(check: str, text: str) -> None:
        world.db.run_now(lambda tx: comments.say(tx, *where, check=check, text=text, now=NOW))

    for check, text in (("nothing", "x"), ("", "  "), ("", "x" * 10_001)):
        with pytest.raises(Problem):
            say(check, text)
    say("", "Look at *indexes*.")
    say("races.one_owner", "Here.")
    (told,) = world.db.run_now(lambda tx: comments.unread(tx, world.alice.id))
    assert (told.run, told.count) == (made.id, 2)
    assert world.db.run_now(lambda tx: comments.unread(tx, world.bob.id)) == []
    world.db.run_now(lambda tx: comments.see(tx, world.alice.id, made.id, NOW))
    assert world.db.run_now(lambda tx: comments.unread(tx, world.alice.id)) == []
    found = world.db.run_now(lambda tx: comments.of_run(tx, world.alice.id, made.id))
    assert [(one.check, one.author_name) for one in found] == [("", "Dan"), ("races.one_owner", "Dan")]


def test_a_decision_is_added_and_taken_back_by_another_line(world: World) -> None:
    def decide(outcome: str, why: str = "Seen", about: str = "", minutes: int = 0) -> str:
        return world.db.run_now(
            lambda tx: decisions.decide(
                tx, world.dan, world.spring.id, world.alice.id, CONTENT,
                skill="sql.joins", outcome=outcome, why=why, about=about,  # type: ignore[arg-type]
                now=NOW + timedelta(minutes=minutes), facts=FACTS,
            ).id
        )  # fmt: skip

    def take_back(evidence_id: str, minutes: int) -> None:
        world.db.run_now(
            lambda tx: decisions.take_back(
                tx, world.dan, world.spring.id, world.alice.id,
                skill="sql.joins", evidence_id=evidence_id, why="A mistake",
                now=NOW + timedelta(minutes=minutes), facts=FACTS,
            )
        )  # fmt: skip

    def level() -> str:
        standings = world.db.run_now(lambda tx: progress.standings(tx, world.alice.id, NOW))
        return standings["sql.joins"].level if "sql.joins" in standings else "none"

    with pytest.raises(Problem):
        decide("passed", why=" ")
    with pytest.raises(NotFound):
        decide("passed", about="nothing")
    yes = decide("passed")
    assert level() == "proven"
    no = decide("failed", minutes=1, about=yes)
    assert level() == "learning"
    before = world.db.run_now(lambda tx: progress.ledger(tx, world.alice.id))
    take_back(no, 2)
    assert level() == "proven", "as if it had not been said"
    after = world.db.run_now(lambda tx: progress.ledger(tx, world.alice.id))
    assert after[:2] == before, "nothing was changed"
    assert {line.provenance for line in after} == {"instructor"}
    with pytest.raises(Problem, match="already"):
        take_back(no, 3)
    with pytest.raises(NotFound):
        take_back(after[-1].id, 3)
    take_back(yes, 4)
    assert level() == "new"
    world.db.run_now(lambda tx: progress.rebuild(tx, world.alice.id, facts=FACTS))
    assert level() in ("new", "none"), "rebuilt from the ledger, it is the same"
    noted = world.db.run_now(lambda tx: audit.newest(tx, 10, subject=world.alice.id))
    said = sorted((one.action, one.actor) for one in noted if one.action.startswith("evidence"))
    assert said == [("evidence.decided", world.dan.id)] * 2 + [("evidence.revoked", world.dan.id)] * 2


def test_learners_cannot_forge_what_takes_a_decision_back(world: World) -> None:
    made = world.db.run_now(
        lambda tx: decisions.decide(
            tx, world.dan, world.spring.id, world.alice.id, CONTENT,
            skill="sql.joins", outcome="failed", why="Copied", now=NOW, facts=FACTS,
        )
    )  # fmt: skip
    forged = NewEvidence(
        skill="sql.joins", source="instructor", ref="x", outcome="unclear", detail={"revokes": made.id}
    )
    world.db.run_now(lambda tx: progress.record(tx, world.alice.id, [forged], now=NOW, facts=FACTS))
    lines = world.db.run_now(lambda tx: progress.ledger(tx, world.alice.id))
    assert revoked(lines) == frozenset(), "it has not the provenance of an instructor"


@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_others_find_nothing(world: World, who: str) -> None:
    other: Person = getattr(world, who)
    made = world.db.run_now(lambda tx: run(tx, world.alice.id, {"races.one_owner": "failed"}))
    where, alice, roads = world.spring.id, world.alice.id, {"canonical"}
    day = NOW.date()
    skill = {"skill": "sql.joins", "why": "x", "now": NOW, "facts": FACTS}
    touches = (
        lambda tx: actions.taught(tx, other, where),
        lambda tx: actions.member_of(tx, other, where, alice),
        lambda tx: actions.change(tx, other, where, roads, NOW, name="Mine"),
        lambda tx: actions.add_instructor(tx, other, where, "carol@example.org", NOW),
        lambda tx: actions.remove_instructor(tx, other, where, world.dan.id, NOW),
        lambda tx: actions.remove_member(tx, other, where, alice, NOW),
        lambda tx: assigning.assign(tx, other, where, CONTENT, NOW, kind="skills", deadline=day, skills=["sql.joins"]),
        lambda tx: comments.say(tx, other, where, alice, made.id, [], check="", text="x", now=NOW),
        lambda tx: decisions.decide(tx, other, where, alice, CONTENT, outcome="passed", **skill),
        lambda tx: decisions.take_back(tx, other, where, alice, evidence_id="x", **skill),
    )
    for touch in touches:
        with pytest.raises(NotFound):
            world.db.run_now(touch)
