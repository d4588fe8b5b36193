"""Accounts to export: a small one that tests can read, and strategies for any."""

import io
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import strategies as st
from sqlalchemy import insert, select

from backroad.accounts.model import FIRST_DAY, LAST_DAY
from backroad.exchange.actions import Imported, export_account, import_account
from backroad.exchange.parts import PARTS, RUN_EVENTS, SETTINGS, owned
from backroad.exchange.read import Archive
from backroad.identity.model import LOCAL
from backroad.kit.db import Database, metadata
from backroad.planner.model import Day, Plan, Session
from backroad.progress import Facts
from backroad.progress import actions as progress

NOW = datetime(2027, 3, 3, 10, 30, tzinfo=UTC)
FACTS = Facts(drills={"sql.joins": 6})
Account = dict[str, list[dict[str, Any]]]
"""Part -> rows as in the table, without whose they are."""


def fill(db: Database, account: Mapping[str, Sequence[Mapping[str, Any]]], learner: str = LOCAL) -> None:
    """Put the rows into empty tables, and derive what follows from them."""

    def put(tx: Any) -> None:
        for part in PARTS:
            whose = {} if part is RUN_EVENTS else {"id" if part is SETTINGS else "learner": learner}
            rows = [{**row, **whose} for row in account.get(part.name, ())]
            if rows:
                tx.execute(insert(part.table), rows)
        progress.rebuild(tx, learner, facts=FACTS)

    db.run_now(put)


def empty(db: Database) -> None:
    def wipe(tx: Any) -> None:
        for table in reversed(metadata.sorted_tables):
            tx.execute(table.delete())

    db.run_now(wipe)


def exported(db: Database, learner: str = LOCAL, now: datetime = NOW) -> bytes:
    out = io.BytesIO()
    db.run_now(lambda tx: export_account(tx, learner, out, now))
    return out.getvalue()


def imported(
    db: Database, data: bytes, learner: str = LOCAL, *, replace: bool = False, large: bool = False
) -> Imported:
    archive = Archive(io.BytesIO(data), large=large)
    return db.run_now(lambda tx: import_account(tx, learner, archive, replace=replace, facts=FACTS))


def everything(db: Database) -> dict[str, list[Any]]:
    """Every row of every table, but for the versions that each write draws anew."""
    tables = {name: table for name, table in metadata.tables.items() if name != "touched"}
    return db.run_now(
        lambda tx: {name: sorted(tx.execute(select(table)).all(), key=repr) for name, table in tables.items()}
    )


def rows_of(db: Database, part_name: str, learner: str = LOCAL) -> list[dict[str, Any]]:
    part = next(part for part in PARTS if part.name == part_name)
    found = select(part.table).where(owned(part, learner)).order_by(*(part.table.c[key] for key in part.keys))
    return db.run_now(lambda tx: [dict(row) for row in tx.execute(found).mappings()])


def plan_text(day: date) -> str:
    plan = Plan((Day(day, 60, (Session("learn", "sql.joins", "Joins", 60),)),), day, (day, day), 60)
    return msgspec.json.encode(plan).decode()


def evidence(id_: str, ref: str = "sql.joins/left-join-keeps", **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "skill": "sql.joins",
        "source": "drill",
        "ref": ref,
        "outcome": "passed",
        "at": NOW - timedelta(days=2),
        "seconds": 31.5,
        "provenance": "self-run",
        "content_hash": "ab12",
        "seed": "7Q2F",
        "detail": {"estimate": 45},
        **more,
    }


def note(id_: str, text: str = "A *left* join keeps all rows.", **more: Any) -> dict[str, Any]:
    made = {"id": id_, "kind": "skill", "ref": "sql.joins", "text": text, "created_at": NOW, "changed_at": NOW}
    return {**made, **more}


def run(id_: str, **more: Any) -> dict[str, Any]:
    check = {"id": "http.answers_health", "claim": "It answers.", "verdict": "passed", "seconds": 0.1, "proves": []}
    report = {
        "lab": "shortener",
        "summary": {"passed": 1, "failed": 0, "unclear": 0, "not_run": 0},
        "stages": [{"number": 1, "title": "It answers", "checks": [check]}],
    }
    return {
        "id": id_,
        "lab": "shortener",
        "folder": "/home/ana/shortener",
        "seed": "7Q2F",
        "state": "finished",
        "started_at": NOW,
        "ended_at": NOW + timedelta(seconds=9),
        "said": "",
        "whole": True,
        "report": report,
        **more,
    }


def placement(id_: str, **more: Any) -> dict[str, Any]:
    answer = {"drill": "sql.joins/inner", "skill": "sql.joins", "right": True, "guess": 0.25, "seconds": 20.0}
    answers = [{**answer, "at": NOW.isoformat()}]
    return {"id": id_, "started_at": NOW, "ended_at": NOW + timedelta(minutes=9), "answers": answers, **more}


def wish(day: date, **more: Any) -> dict[str, Any]:
    made = {"kind": "learn", "ref": "sql.joins", "stage": 0, "day": day, "minutes": 36, "before": 0, "after": 12}
    return {**made, **more}


def interview(id_: str, **more: Any) -> dict[str, Any]:
    at, points = NOW.isoformat(), ["0123456789ab"]
    asked = {"skill": "sql.joins", "topic": "middle", "seconds": 300, "asked_at": at, "answered_at": at, "text": "So."}
    left = {"skipped": False, "result": None, "points": points, "most": 5}
    return {
        "id": id_,
        "started_at": NOW,
        "ended_at": NOW + timedelta(minutes=9),
        "terms": {"level": "middle", "areas": ["sql"], "minutes": 20, "coding": True},
        "said": "",
        "questions": [{"drill": "sql.joins/explain", **asked, **left}],
        **more,
    }


def settings(**more: Any) -> dict[str, Any]:
    return {
        "road": "canonical",
        "language": "python",
        "minutes": [60, 60, 60, 60, 60, 120, 0],
        "start": date(2027, 3, 1),
        "created_at": NOW - timedelta(days=3),
        "days_off": ["2027-12-24", "2027-12-25"],
        "deadline": None,
        "drop_optional": False,
        "study_from": "18:00",
        "retention": 90,
        "reviews_a_day": 100,
        "calendar_token": "abcdefghijklmnopqrstuvwxyz012345",
        **more,
    }


SMALL: Account = {
    "settings": [settings()],
    "evidence": [evidence("e1"), evidence("e2", "sql.joins/inner", outcome="failed")],
    "activity": [
        {"id": "a1", "kind": "learn", "ref": "sql.joins", "at": NOW, "day": date(2027, 3, 3), "seconds": 600.0}
    ],
    "plans": [{"day": date(2027, 3, 3), "made_at": NOW, "plan": plan_text(date(2027, 3, 3))}],
    "wishes": [wish(date(2027, 3, 5))],
    "placements": [placement("p1")],
    "interviews": [interview("i1")],
    "labs": [{"lab": "shortener", "folder": "/home/ana/shortener", "language": "python", "at": NOW}],
    "runs": [run("r1")],
    "run-events": [{"run": "r1", "number": n, "event": {"event": "stage_started", "number": n}} for n in (1, 2)],
    "notes": [note("n1"), note("n2", "Ask on day two.", kind="day", ref="2027-03-04")],
}

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
"""What the note editor takes out of a text."""
nasty = st.text(max_size=30) | st.sampled_from(
    [
        "\x00\x1f\x7f\x85",
        "\u2028\u2029",
        "\u202e\ufeff",
        "e\u0301 ﷽ 𒐫 👩‍👩‍👧",
        "../../etc/passwd",
        "'; DROP TABLE note; --",
    ]
)
ids = st.text("0123456789abcdefXYZ-_.:", min_size=1, max_size=40)
moments = st.datetimes(datetime(1970, 1, 1), datetime(2999, 12, 31), timezones=st.just(UTC))
dates = st.dates(date(1970, 1, 1), date(2900, 1, 1))
seconds = st.floats(0, 1e9)
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False) | nasty,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(nasty, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(nasty, plain_json, max_size=3)
halves = st.text(st.characters(categories=["Cs", "L"]), max_size=5)
"""Half characters: no database keeps them as text, but inside JSON they can come from a target."""
note_texts = (
    (
        nasty
        | st.sampled_from(["---\nid: 1\n---\n\nx", "\r\r\n x", "# H\n\n---\n", "x" * 100_000, "\U0001f4a9" * 100_000])
    )
    .map(lambda text: CONTROL.sub("", text).strip())
    .filter(bool)
)


def _rows(*keys: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(st.fixed_dictionaries(fields), max_size=4, unique_by=lambda row: tuple(row[key] for key in keys))


@st.composite
def all_settings(draw: st.DrawFn) -> dict[str, Any]:
    start = draw(st.dates(FIRST_DAY, LAST_DAY - timedelta(days=5000)))
    off = sorted(draw(st.sets(dates, max_size=4)))
    return settings(
        road=draw(st.text(max_size=80)),
        language=draw(st.sampled_from(["node", "python", "java", "go", "php", "ruby", "csharp"])),
        minutes=[draw(st.integers(60, 960)), *draw(st.lists(st.integers(0, 960), min_size=6, max_size=6))],
        start=start,
        created_at=draw(moments),
        days_off=[day.isoformat() for day in off],
        deadline=draw(st.none() | st.integers(1, 5000).map(lambda days: start + timedelta(days=days))),
        drop_optional=draw(st.booleans()),
        study_from=draw(st.times().map(lambda moment: f"{moment:%H:%M}")),
        retention=draw(st.integers(80, 95)),
        reviews_a_day=draw(st.integers(1, 999)),
        calendar_token=draw(st.from_regex(r"\A[A-Za-z0-9_-]{20,64}\Z")),
    )


@st.composite
def all_accounts(draw: st.DrawFn) -> Account:
    outcomes = st.sampled_from(["passed", "failed", "unclear"])
    refs = st.sampled_from(["a.b/c", "a.b/d"]) | st.text(min_size=1, max_size=200)
    runs = draw(
        _rows(
            "id",
            id=ids,
            lab=nasty,
            folder=nasty,
            seed=st.text(max_size=20),
            state=st.sampled_from(["running", "broken"]),
            started_at=moments,
            ended_at=st.none() | moments,
            said=nasty,
            whole=st.booleans(),
            report=st.none() | objects.map(lambda extra: {**run("r")["report"], "extra": extra}),
        )
    )
    event = st.dictionaries(nasty, plain_json | halves, max_size=3).map(lambda extra: {**extra, "event": "noted"})
    return {
        "settings": [draw(all_settings())],
        "evidence": draw(
            _rows(
                "id",
                id=ids,
                skill=st.sampled_from(["a.b", "sql.joins"]) | st.text(max_size=100),
                source=st.sampled_from(["drill", "check", "review", "placement", "instructor"]),
                ref=refs,
                outcome=outcomes,
                at=moments,
                seconds=seconds,
                provenance=st.sampled_from(["self-run", "supervised", "instructor"]),
                content_hash=st.text(max_size=80),
                seed=st.text(max_size=40),
                detail=objects,
            )
        ),
        "activity": draw(
            _rows(
                "id",
                id=ids,
                kind=st.sampled_from(["learn", "drill", "build", "review"]),
                ref=refs,
                at=moments,
                day=dates,
                seconds=seconds,
            )
        ),
        "plans": draw(_rows("day", day=dates, made_at=moments, plan=dates.map(plan_text))),
        "wishes": draw(
            _rows(
                "kind",
                "ref",
                "stage",
                "day",
                kind=st.sampled_from(["learn", "drill", "build"]),
                ref=refs,
                stage=st.integers(0, 9),
                day=dates,
                minutes=st.integers(1, 1440),
                before=st.integers(0, 9999),
                after=st.integers(0, 9999),
            )
        ),
        "placements": [
            placement(
                name, ended_at=draw(st.none() | moments), answers=placement("p")["answers"] * draw(st.integers(0, 25))
            )
            for name in draw(st.sets(ids.map(lambda text: text[:40]), max_size=2))
        ],
        "interviews": [
            interview(
                name,
                ended_at=draw(st.none() | moments),
                said=draw(nasty),
                questions=interview("i")["questions"] * draw(st.integers(1, 30)),
            )
            for name in draw(st.sets(ids.map(lambda text: text[:40]), max_size=2))
        ],
        "labs": draw(_rows("lab", lab=st.text(max_size=80), folder=nasty, language=st.text(max_size=20), at=moments)),
        "runs": runs,
        "run-events": [
            {"run": row["id"], "number": number, "event": draw(event)}
            for row in runs
            for number in range(1, draw(st.integers(1, 4)))
        ],
        "notes": draw(
            _rows(
                "id",
                id=ids.map(lambda text: text[:40]),
                kind=st.sampled_from(["skill", "lab", "drill", "day"]),
                ref=st.text(max_size=200),
                text=note_texts,
                created_at=moments,
                changed_at=moments,
            )
        ),
    }
