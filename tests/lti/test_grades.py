"""Grades go back to the platform when they change, once, and after trouble."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from backroad.curriculum import load
from backroad.drills.library import DrillLibrary
from backroad.kit.db import Database
from backroad.kit.paths import content_dir, labs_dir
from backroad.labs.library import LabLibrary
from backroad.lti import store
from backroad.lti.calls import Calls
from backroad.lti.content import Ground, read_content, score_of
from backroad.lti.grades import MOST_TRIES, Sender, scores_url
from backroad.lti.model import Link
from backroad.progress import actions as progress
from backroad.progress.model import Facts, NewEvidence
from backroad.signing.private import Keyring
from tests.lti.browser import Browser
from tests.lti.platform import Platform
from tests.server_mode import SECRET_KEY, Hosted

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ground() -> Ground:
    curriculum, labs = load(content_dir()), LabLibrary(labs_dir())
    library = DrillLibrary([curriculum.folder("sql.joins")])
    checks: dict[str, list[str]] = {}
    for lab in labs.all:
        for item in lab.checks():
            for skill in item.proves:
                checks.setdefault(skill, []).append(f"{lab.slug}/{item.id}")
    drills = {skill: len(found) for skill, found in library.by_skill.items()}
    return Ground(curriculum, labs, Facts(drills, {skill: tuple(refs) for skill, refs in checks.items()}))


@pytest.fixture
def send(tool: Hosted, ground: Ground, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """As the server's own loop does every quarter of a minute, and whichever of the two comes first."""
    monkeypatch.setenv("BACKROAD_NOW", tool.now.isoformat())
    ring = Keyring(tool.home, {}, SECRET_KEY)
    sender = Sender(tool.db, ring, Calls(), lambda: ground)
    return sender.once


def passed(tool: Hosted, person: str, *refs: str, source: Any = "check", outcome: Any = "passed",
           provenance: Any = "self-run", skill: str = "", minutes: int = 0) -> None:  # fmt: skip
    at = tool.now + timedelta(minutes=minutes)
    said = [
        NewEvidence(skill=skill, source=source, ref=ref, outcome=outcome, provenance=provenance, at=at) for ref in refs
    ]
    tool.db.run_now(lambda tx: progress.record(tx, person, said, now=at, facts=Facts()))


def link_of(tool: Hosted, platform: Platform) -> Link:
    def look(tx: Any) -> Link:
        known = store.of_issuer(tx, platform.url)[0]
        rows = tx.execute(store.link_table.select().where(store.k.platform == known.id)).mappings().all()
        assert len(rows) == 1
        return Link(**rows[0])

    return tool.db.run_now(look)


def launched(tool: Hosted, platform: Platform, content: str, counted: str = "any") -> Link:
    platform.custom = {"backroad": content, "counted": counted}
    assert Browser(tool).launch(platform).status_code == 303
    return link_of(tool, platform)


def until(ready: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_the_server_tells_the_platform_by_itself(tool: Hosted, platform: Platform, ground: Ground) -> None:
    link = launched(tool, platform, "lab:shortener")
    checks = [f"shortener/{item.id}" for item in ground.labs.get("shortener").checks()]
    passed(tool, link.person, *checks[:3])
    until(lambda: bool(platform.scores))
    (score,) = platform.scores["u-ada"]
    assert (score["scoreGiven"], score["scoreMaximum"]) == (3, len(checks))
    assert score["comment"] == f"3 of {len(checks)} checks passed; as the learner ran it."
    assert score["activityProgress"] == "InProgress"
    assert score["timestamp"] == "2027-01-04T10:00:00.000Z"
    until(lambda: link_of(tool, platform).sent_at is not None)


def test_only_what_changed_is_sent(tool: Hosted, platform: Platform, ground: Ground, send: Callable[[], int]) -> None:
    link = launched(tool, platform, "lab:shortener")
    checks = [f"shortener/{item.id}" for item in ground.labs.get("shortener").checks()]
    send()
    assert platform.scores == {}, "nothing was done yet"
    passed(tool, link.person, checks[0])
    send()
    until(lambda: len(platform.scores.get("u-ada", [])) == 1)
    until(lambda: link_of(tool, platform).sent_at is not None)
    passed(tool, link.person, checks[0], minutes=1)
    send()
    launched(tool, platform, "lab:shortener")
    send()
    assert len(platform.scores["u-ada"]) == 1
    passed(tool, link.person, checks[0], outcome="failed", minutes=2)
    passed(tool, link.person, *checks[1:], minutes=2)
    send()
    until(lambda: len(platform.scores["u-ada"]) == 2)
    assert platform.scores["u-ada"][1]["scoreGiven"] == len(checks) - 1
    passed(tool, link.person, checks[0], minutes=3)
    send()
    until(lambda: len(platform.scores["u-ada"]) == 3)
    assert platform.scores["u-ada"][2]["activityProgress"] == "Completed"


def test_trouble_is_remembered_and_tried_again(tool: Hosted, platform: Platform, send: Callable[[], int]) -> None:
    link = launched(tool, platform, "skill:sql.joins")
    platform.broken = 1
    passed(tool, link.person, "sql.joins/a", source="drill", skill="sql.joins")
    send()
    until(lambda: link_of(tool, platform).tries == 1)
    failed = link_of(tool, platform)
    assert "answers 500" in failed.problem
    assert failed.retry_at
    assert failed.retry_at > tool.now
    send()
    assert platform.scores == {}, "not before its time"
    earlier = update(store.link_table).where(store.k.id == failed.id).values(retry_at=tool.now)
    tool.db.run_now(lambda tx: tx.execute(earlier))
    send()
    until(lambda: link_of(tool, platform).tries == 0)
    assert len(platform.scores["u-ada"]) == 1
    assert link_of(tool, platform).problem == ""


def test_a_platform_that_never_answers_is_given_up(tool: Hosted, platform: Platform, send: Callable[[], int]) -> None:
    link = launched(tool, platform, "skill:sql.joins")
    platform.broken = 99
    last = update(store.link_table).where(store.k.id == link.id).values(tries=MOST_TRIES - 1)
    tool.db.run_now(lambda tx: tx.execute(last))
    passed(tool, link.person, "sql.joins/a", source="drill", skill="sql.joins")
    send()
    until(lambda: link_of(tool, platform).tries == MOST_TRIES)
    assert link_of(tool, platform).retry_at is None


def test_a_token_that_is_not_taken_is_asked_for_again(
    tool: Hosted, platform: Platform, send: Callable[[], int]
) -> None:
    link = launched(tool, platform, "skill:sql.joins")
    passed(tool, link.person, "sql.joins/a", source="drill", skill="sql.joins")
    send()
    until(lambda: len(platform.scores.get("u-ada", [])) == 1)
    platform.tokens.clear()
    passed(tool, link.person, "sql.joins/b", source="drill", skill="sql.joins", minutes=1)
    for _ in range(3):
        send()
        earlier = update(store.link_table).where(store.k.id == link.id, store.k.tries > 0).values(retry_at=tool.now)
        tool.db.run_now(lambda tx, earlier=earlier: tx.execute(earlier))
    until(lambda: len(platform.scores["u-ada"]) == 2)


def test_a_course_without_grades_is_sent_none(tool: Hosted, platform: Platform, send: Callable[[], int]) -> None:
    platform.graded = False
    link = launched(tool, platform, "skill:sql.joins")
    assert link.line == ""
    passed(tool, link.person, "sql.joins/a", source="drill", skill="sql.joins")
    send()
    assert platform.scores == {}


def test_of_several_processes_one_sends(tool: Hosted, platform: Platform) -> None:
    link = launched(tool, platform, "skill:sql.joins")
    claims = [
        tool.db.run_now(lambda tx: store.claim(tx, link, tool.now, tool.now + timedelta(minutes=2))) for _ in range(3)
    ]
    assert claims == [True, False, False]


def line(source: Any, ref: str, *, day: int = 0, outcome: Any = "passed", provenance: Any = "self-run",
         skill: str = "", detail: Any = None) -> NewEvidence:  # fmt: skip
    return NewEvidence(skill=skill, source=source, ref=ref, outcome=outcome, provenance=provenance, detail=detail or {},
                       seconds=float(day))  # fmt: skip


def test_what_counts_is_what_the_teacher_chose(ground: Ground, db: Database, tool: Hosted) -> None:
    checks = [f"shortener/{item.id}" for item in ground.labs.get("shortener").checks()]
    said = [
        line("check", checks[0]), line("check", checks[1], provenance="supervised"), line("check", "todo/x"),
        line("drill", "sql.joins/a", skill="sql.joins"),
        line("drill", "sql.joins/b", skill="sql.joins", outcome="failed"),
        line("drill", "sql.joins/open", skill="sql.joins", detail={"self_graded": True}),
        line("instructor", "carol", skill="sql.joins", provenance="instructor"),
        line("instructor", "self", skill="http.methods"),
    ]  # fmt: skip
    db.run_now(lambda tx: progress.record(tx, "a", said, now=tool.now, facts=Facts()))
    ledger = db.run_now(lambda tx: progress.ledger(tx, "a"))
    road, drills = len(set(ground.curriculum.road("canonical").skills)), ground.facts.drills["sql.joins"]
    for name, counted, given, maximum in (
        ("lab:shortener", "any", 2, len(checks)),
        ("lab:shortener", "supervised", 1, len(checks)),
        ("road:canonical", "any", 2, road),
        ("road:canonical", "supervised", 1, road),
        ("skill:sql.joins", "any", 1, drills),
        ("skill:sql.joins", "supervised", 1, drills),
    ):
        score = score_of(read_content(name, counted, ground), ledger, ground)
        assert (score.given, score.maximum) == (given, maximum), (name, counted)


def test_the_query_of_a_line_item_stays() -> None:
    assert scores_url("https://a/b/lineitem?x=1&y=2") == "https://a/b/lineitem/scores?x=1&y=2"
    assert scores_url("https://a/b/lineitem/") == "https://a/b/lineitem/scores"
