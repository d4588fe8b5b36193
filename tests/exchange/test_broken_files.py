"""A file that is broken, foreign or hostile is refused in one sentence, and nothing changes."""

import io
import json
import stat
import struct
import zipfile
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned
from hypothesis import strategies as st

from backroad.exchange.parts import PARTS
from backroad.exchange.read import Archive
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from tests.exchange.accounts import SMALL, everything, evidence, exported, fill, imported, note, rows_of
from tests.exchange.conftest import MakeDb
from tests.exchange.forgery import (
    listed,
    packed,
    unpacked,
    with_field,
    with_manifest,
    with_member,
    with_rows,
)


@pytest.fixture(scope="module")
def good(make_db: MakeDb) -> bytes:
    db = make_db()
    fill(db, SMALL)
    return exported(db)


class Here(NamedTuple):
    """An account that no broken file may change."""

    db: Database
    before: dict[str, list[Any]]


@pytest.fixture(scope="module")
def here(make_db: MakeDb) -> Here:
    db = make_db()
    fill(db, {"evidence": [evidence("mine")], "notes": [note("mine")]})
    return Here(db, everything(db))


def refuses(here: Here, data: bytes, *words: str) -> None:
    """One sentence with those words, whether it would be added or put in place of what is there."""
    for replace in (False, True):
        with pytest.raises(Problem) as caught:
            imported(here.db, data, replace=replace)
    assert everything(here.db) == here.before
    sentence = caught.value.sentence
    for word in words:
        assert word in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "`" not in sentence
    assert len(sentence) < 300
    assert "Nothing was changed" in caught.value.hint


def entry(name: str, mode: int = 0o644, kind: int = stat.S_IFREG) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system, made.external_attr = 3, (kind | mode) << 16
    return made


def test_bytes_that_are_no_zip(here: Here, good: bytes) -> None:
    for data in (b"", b"PK", b"hello" * 1000, good[:-30], good[: len(good) // 2], good[40:], good + b"\0" * 10):
        refuses(here, data, "zip archive" if data != good[40:] else "")


def test_a_zip_of_something_else(here: Here) -> None:
    refuses(here, packed({}), "no manifest.json")
    refuses(here, packed({"evidence.json": b"[]"}), "no manifest.json")


@pytest.mark.parametrize(
    "name",
    [
        "../evil.json",
        "/etc/passwd",
        "notes/../../evil.md",
        "C:\\evil.json",
        "notes\\evil.md",
        "notes/",
        "notes/skill/.hidden/x.md",
        "evil.exe",
        "__MACOSX/evidence.json",
        "evidence.json\0.md",
        "évidence.json",
        "notes/skill/a\nb.md",
        "x" * 5_000 + ".json",
    ],
)
def test_names_that_no_export_has(here: Here, good: bytes, name: str) -> None:
    made = zipfile.ZipInfo("x")
    made.filename = made.orig_filename = name
    data = packed(listed({**unpacked(good), name: b"x"}), entries={name: made})
    refuses(here, data, repr(name[:80]), "is not part of an export")


def test_members_that_are_not_plain_files(here: Here, good: bytes) -> None:
    for kind in (stat.S_IFLNK, stat.S_IFDIR, stat.S_IFIFO, stat.S_IFCHR):
        data = packed(unpacked(good), entries={"evidence.json": entry("evidence.json", kind=kind)})
        refuses(here, data, "'evidence.json' is not a plain file")


def test_an_encrypted_member(here: Here, good: bytes) -> None:
    data = bytearray(good)
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(b"manifest.json"))
    data[at + 8] |= 1
    refuses(here, bytes(data), "'manifest.json' is encrypted")


def test_a_foreign_compression(here: Here, good: bytes) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_BZIP2) as archive:
        for name, content in unpacked(good).items():
            archive.writestr(name, content)
    refuses(here, out.getvalue(), "compressed in a way that exports are not")


def test_members_twice_missing_unknown_or_changed(here: Here, good: bytes) -> None:
    members = unpacked(good)
    refuses(here, packed(members, twice="evidence.json"), "'evidence.json' is there twice")
    refuses(here, packed({n: c for n, c in members.items() if n != "runs.json"}), "'runs.json' is missing")
    refuses(here, packed({**members, "extra.json": b"[]"}), "'extra.json', which the manifest does not name")
    refuses(here, with_member(good, "cohorts.json", b"[]", 0), "'cohorts', which is no part")
    refuses(here, packed({**members, "evidence.json": b"[]\n"}), "evidence.json", "checksum")
    changed = members["evidence.json"].replace(b"failed", b"passed")
    refuses(here, packed({**members, "evidence.json": changed}), "evidence.json", "checksum")


def test_a_byte_changed_inside_a_member(here: Here, good: bytes) -> None:
    data = bytearray(good)
    data[data.index(b"evidence.json") + len("evidence.json") + 20] ^= 0xFF
    refuses(here, bytes(data), "evidence.json is damaged")


def test_manifests_that_lie(here: Here, good: bytes) -> None:
    manifest = json.loads(unpacked(good)["manifest.json"])
    members = manifest["members"]
    refuses(here, with_manifest(good, members=[*members, members[0]]), "names 'settings.json' twice")
    refuses(here, with_manifest(good, members=[{**m, "rows": 7} for m in members]), "holds 1 rows; the manifest says 7")
    refuses(
        here, with_manifest(good, counts={**manifest["counts"], "notes": 9}), "2 rows of notes; the manifest says 9"
    )
    refuses(here, with_manifest(good, counts="many"), "manifest.json: counts: expected object, got str")
    refuses(here, with_manifest(good, exported_at="yesterday"), "manifest.json: exported_at: invalid")
    refuses(here, with_manifest(good, trusted=True), "manifest.json: object contains unknown field trusted")
    refuses(here, packed({**unpacked(good), "manifest.json": b"{"}), "manifest.json is not JSON")
    refuses(here, packed({**unpacked(good), "manifest.json": b"[]"}), "which format")
    for value in (None, "1", True, 0, -1, 1.5):
        refuses(here, with_manifest(good, format=value), "which format")


def test_a_newer_format_is_refused_before_anything_else_is_judged(here: Here, good: bytes) -> None:
    data = packed({**unpacked(with_manifest(good, format=5, members="other")), "new-thing.json": b"{}"})
    refuses(here, data, "The file was written by a newer Backroad (format 5, this one reads up to 4).")


def test_an_older_format_is_upgraded_row_by_row(make_db: MakeDb, good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if format 5 had renamed the skill."""

    def from_4_to_5(part: str, row: dict[str, object]) -> dict[str, object]:
        return {**row, "skill": "sql.combined"} if part == "evidence" else row

    monkeypatch.setattr("backroad.exchange.read.FORMAT", 5)
    monkeypatch.setattr("backroad.exchange.read.UPGRADES", {4: from_4_to_5})
    archive = Archive(io.BytesIO(good))
    evidence_part = next(part for part in PARTS if part.name == "evidence")
    assert {row.skill for _, row in archive.rows(evidence_part)} == {"sql.combined"}


def test_a_file_from_before_placements_comes_in(make_db: MakeDb, good: bytes) -> None:
    members = unpacked(good)
    manifest = json.loads(members["manifest.json"])
    manifest |= {"format": 1, "members": [m for m in manifest["members"] if m["part"] != "placements"]}
    del manifest["counts"]["placements"], members["placements.json"]
    there = make_db()
    imported(there, packed({**members, "manifest.json": json.dumps(manifest).encode()}))
    assert rows_of(there, "evidence")
    assert rows_of(there, "placements") == []


def test_bombs(here: Here, good: bytes) -> None:
    refuses(here, with_member(good, "evidence.json", b" " * (2 << 20)), "more than 200 times its size")
    lying = bytearray(with_member(good, "evidence.json", b" " * (2 << 20)))
    directory = lying.index(b"PK\x01\x02")
    at = lying.index(b"evidence.json", directory) - 46
    lying[at + 24 : at + 28] = struct.pack("<I", 100)  # its header says it unpacks to 100 bytes
    refuses(here, bytes(lying), "evidence.json is damaged")
    lying[at + 24 : at + 28] = struct.pack("<I", 2 << 20)
    lying[at + 20 : at + 24] = struct.pack("<I", 1 << 30)  # its header says it is packed into 1 GiB
    refuses(here, bytes(lying), "evidence.json")


def test_limits(here: Here, good: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    from backroad.exchange.container import LARGE, ORDINARY, Limits

    assert (ORDINARY.members, ORDINARY.member_bytes, ORDINARY.bytes) == (10_000, 64 << 20, 200 << 20)
    assert LARGE.bytes > ORDINARY.bytes
    for limits, word in (
        (Limits(members=5), "more than 5 members"),
        (Limits(member_bytes=100), "unpacks to more than"),
        (Limits(bytes=1_000), "unpacks to more than"),
    ):
        monkeypatch.setattr("backroad.exchange.read.ORDINARY", limits)
        refuses(here, good, word)


def test_more_members_than_the_list_may_have(here: Here) -> None:
    refuses(here, packed({f"x-{n}.json": b"" for n in range(10_001)}), "more than 10,000 members")


def test_a_second_list_of_contents_that_hides_behind_the_first(here: Here, good: bytes) -> None:
    refuses(here, good[:-22] + b"PK\x06\x07" + bytes(16) + good[-22:], "not a zip archive")


def test_rows_that_are_not_rows(here: Here, good: bytes) -> None:
    for content, word in (
        (b"{", "evidence.json is not JSON: "),
        (b"", "evidence.json is not JSON: "),
        (b"\xff\xfe", "evidence.json is not UTF-8"),
        (b"{}", "evidence.json does not hold a list of rows"),
        (b"[1]", "evidence.json, row 1: expected object, got int"),
        (b"[" * 100_000, "evidence.json holds a number or a nesting that cannot be read"),
        (b"[NaN]", "evidence.json holds a number"),
        (b"[1e999]", "evidence.json holds a number"),
        (b"[" + b"9" * 5_000 + b"]", "evidence.json holds a number"),
    ):
        refuses(here, with_member(good, "evidence.json", content), word)


@pytest.mark.parametrize(
    ("member", "field", "value", "reason"),
    [
        ("evidence.json", "at", "2027-01-01T00:00:00", "evidence.json, row 1: at: expected datetime with a timezone"),
        ("evidence.json", "at", "9999-12-31T00:00:00Z", "row 1: at: outside the years 1970 to 2999"),
        ("evidence.json", "at", "0001-01-01T00:00:00+14:00", "row 1: at: outside the years"),
        ("evidence.json", "at", 5, "row 1: at: expected datetime, got int"),
        ("evidence.json", "source", "wish", "row 1: source: invalid enum value 'wish'"),
        ("evidence.json", "outcome", "won", "row 1: outcome: "),
        ("evidence.json", "seconds", -1, "row 1: seconds: expected float >= 0"),
        ("evidence.json", "seconds", "long", "row 1: seconds: expected float, got str"),
        ("evidence.json", "skill", ..., "row 1: object missing required field skill"),
        ("evidence.json", "skill", "x" * 101, "row 1: skill: 101 characters, where at most 100 fit"),
        ("evidence.json", "skill", "\ud800", "row 1: skill: half of a character"),
        ("evidence.json", "ref", "", "row 1: ref: empty"),
        ("evidence.json", "id", "../x", "row 1: id: expected str matching regex"),
        ("evidence.json", "id", "e2\n", "row 1: id: expected str matching regex"),
        ("evidence.json", "id", "e2", "row 2: the row with id 'e2' is in the file twice"),
        ("evidence.json", "detail", [], "row 1: detail: expected object, got array"),
        ("evidence.json", "detail", {"a": "\ud800"}, "row 1: detail: a text or number that cannot be kept"),
        ("evidence.json", "learner", "mallory", "row 1: object contains unknown field learner"),
        ("evidence.json", "\x1b[2J\nx", 1, "row 1: object contains unknown field ?[2J?x"),
        ("evidence.json", "outcome", "y" * 9_000, "row 1: outcome: invalid enum value 'yyy"),
        ("settings.json", "minutes", [1, 2], "settings.json, row 1: minutes: expected array of length 7"),
        ("settings.json", "minutes", [9999] * 7, "settings.json, row 1: Monday has 9999 minutes."),
        ("settings.json", "language", "cobol", "settings.json, row 1: language: "),
        ("settings.json", "deadline", "2020-01-01", "settings.json, row 1: The deadline is not after the start date."),
        ("plans.json", "plan", "{}", "plans.json, row 1: plan: not a plan"),
        ("wishes.json", "minutes", 0, "wishes.json, row 1: minutes: expected int >= 1"),
        ("wishes.json", "kind", "review", "wishes.json, row 1: kind: invalid enum value"),
        (
            "placements.json",
            "answers",
            [{}] * 26,
            "placements.json, row 1: answers: 26, where a placement asks at most 25",
        ),
        (
            "placements.json",
            "answers",
            [{}],
            "placements.json, row 1: answers[0]: object missing required field drill",
        ),
        ("placements.json", "answers", {}, "placements.json, row 1: answers: expected array, got object"),
        ("interviews.json", "questions", [], "interviews.json, row 1: questions: 0, where an interview asks 1 to 30"),
        ("interviews.json", "questions", [{}], "interviews.json, row 1: questions[0]: object missing required field"),
        ("interviews.json", "terms", {"level": "boss"}, "interviews.json, row 1: terms.level: invalid enum value"),
        ("runs.json", "state", "done", "runs.json, row 1: state: "),
        ("runs.json", "report", None, "runs.json, row 1: report: missing, though the run is finished"),
        ("runs.json", "report", {"summary": {"passed": "all"}}, "runs.json, row 1: report.summary[...]: expected int"),
        ("runs.json", "report", {"summary": {}}, "runs.json, row 1: report: object missing required field stages"),
        ("run-events.json", "run", "r9", "run-events.json, row 1: the file has no run r9"),
        ("run-events.json", "number", 1 << 40, "run-events.json, row 1: number: a number that is too large"),
        ("run-events.json", "number", 2, "run-events.json, row 2: the row with number '2' is in the file twice"),
        ("run-events.json", "event", {}, "run-events.json, row 1: event: does not say what happened"),
        ("cards.json", "due", "soon", "cards.json, row 1: due: "),
        ("activity.json", "kind", "sleep", "activity.json, row 1: kind: "),
        ("labs.json", "folder", None, "labs.json, row 1: folder: expected str, got null"),
    ],
)
def test_wrong_values_are_named_with_member_and_row(
    here: Here, good: bytes, member: str, field: str, value: object, reason: str
) -> None:
    refuses(here, with_field(good, member, field, value), reason)


def test_settings_twice(here: Here, good: bytes) -> None:
    refuses(here, with_rows(good, "settings.json", lambda rows: rows * 2), "settings.json, row 2: an account has only")


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"---\n", b"", "has no front matter"),
        (b"---\n\n", b"", "has no front matter"),
        (b"id:", b"title:", "object contains unknown field title"),
        (b'id: "n1"\n', b"", "missing required field id"),
        (b'"n1"', b"n1", "the value of 'id' is not a JSON string"),
        (b'"n1"', b'"n1"\nid: "n2"', "a line that is not a name and a value"),
        (b'"skill"', b'"lesson"', "kind: invalid enum value 'lesson'"),
        (b"\n\nA *left*", b"\n\n\xff", "it is not UTF-8"),
        (b"A *left* join keeps all rows.", b"  \n", "the note is empty"),
        (b"*left*", b"\x02left\x03", "holds a control character"),
        (b"*left*", b"x" * 100_001, "the note has 100,024 characters; at most 100,000 fit"),
        (b"2027-03-03T10:30:00Z", b"today", "created_at: invalid"),
    ],
)
def test_notes_that_are_not_notes(here: Here, good: bytes, old: bytes, new: bytes, reason: str) -> None:
    name = "notes/skill/sql.joins--n1.md"
    content = unpacked(good)[name]
    assert old in content
    refuses(here, with_member(good, name, content.replace(old, new, 1)), name, reason)


@given(at=st.integers(0, 10_000), flips=st.binary(min_size=1, max_size=4))
@tuned(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_random_damage_is_a_problem_or_does_no_harm(good: bytes, at: int, flips: bytes) -> None:
    data = bytearray(good)
    at %= len(data) - len(flips)
    for offset, flip in enumerate(flips):
        data[at + offset] ^= flip
    try:
        archive = Archive(io.BytesIO(bytes(data)))
        for part in PARTS:
            assert len(list(archive.rows(part))) == archive.manifest.counts[part.name]
    except Problem as problem:
        assert "Nothing was changed" in problem.hint  # noqa: PT017 - no Problem is as good
