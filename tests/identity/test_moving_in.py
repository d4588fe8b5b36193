"""From a machine of one's own to an account on a server, with everything that was done, and no more than was done."""

import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from backroad.identity.model import LOCAL
from backroad.kit.db import Database, sqlite_url
from backroad.kit.migrate import migrate
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.model import Evidence, NewEvidence, Provenance, Source
from tests.exchange.accounts import exported
from tests.server_mode import Hosted, Member, hosting
from tests.serving import COMMAND, environment

pytestmark = pytest.mark.slow
AT = datetime(2027, 1, 2, 10, tzinfo=UTC)


def made(source: Source, ref: str, id_: str, provenance: Provenance = "self-run") -> NewEvidence:
    return NewEvidence(
        skill="sql.joins", source=source, ref=ref, outcome="passed", at=AT, id=id_, provenance=provenance
    )


MADE = (
    made("drill", "sql.joins/left-join-counts", "own"),
    made("check", "shortener/links.creates", "super", "supervised"),
    made("instructor", "sql.joins", "said", "instructor"),
    made("instructor", "sql.joins", "forged"),
)


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("moving-in")) as server:
        yield server


def local_home(folder: Path) -> Path:
    """The data folder of somebody who learned on their own machine."""
    home = folder / "mine"
    home.mkdir()
    db = Database(sqlite_url(home / "backroad.db"))
    migrate(db)
    db.run_now(lambda tx: progress.record(tx, LOCAL, MADE, now=AT, facts=Facts()))
    db.close()
    return home


def local_zip(folder: Path) -> bytes:
    db = Database(sqlite_url(local_home(folder) / "backroad.db"))
    data = exported(db)
    db.close()
    return data


def evidence_of(server: Hosted, member: Member) -> dict[str, Evidence]:
    return {item.id: item for item in server.db.run_now(lambda tx: progress.ledger(tx, member.id))}


def test_what_only_the_file_vouches_for_is_self_run(own: Hosted, tmp_path: Path) -> None:
    mover = own.member("mover")
    data = local_zip(tmp_path)
    answer = mover.client.post("/api/v1/import", content=data, headers={"content-type": "application/zip"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["added"]["evidence"] == 4
    kept = evidence_of(own, mover)
    assert {item.provenance for item in kept.values()} == {"self-run"}
    claims = {name: item.detail.get("claimed") for name, item in kept.items()}
    assert claims == {"own": None, "super": "supervised", "said": "instructor", "forged": "instructor"}
    standing = mover.client.get("/api/v1/skills/sql.joins").json()
    assert "proven" not in json.dumps(standing.get("standing", standing)), (
        "an instructor's word in a file proves nothing"
    )
    again = mover.client.post("/api/v1/import", content=data, headers={"content-type": "application/zip"}).json()
    assert (again["added"]["evidence"], again["kept"]["evidence"]) == (0, 4)


def test_what_the_server_supervised_stays_so(own: Hosted) -> None:
    """Exported there, and taken in again, also where somebody changed the file in between."""
    graded = own.member("graded")
    item = msgspec.structs.replace(made("check", "shortener/x", "here", "supervised"), outcome="failed")
    own.db.run_now(lambda tx: progress.record(tx, graded.id, [item], now=own.now, facts=Facts()))
    data = graded.client.get("/export").content
    assert b"failed" in zipfile.ZipFile(io.BytesIO(data)).read("evidence.json")
    for file in (data, changed(data, b'"failed"', b'"passed"')):
        answer = graded.client.post("/api/v1/import", content=file, headers={"content-type": "application/zip"})
        assert answer.status_code == 200, answer.text
        (kept,) = evidence_of(own, graded).values()
        assert (kept.provenance, kept.outcome, kept.detail) == ("supervised", "failed", {})


def changed(data: bytes, old: bytes, new: bytes) -> bytes:
    """The export with its evidence rewritten, checksums and all, as somebody who cheats would."""
    import hashlib

    out, source = io.BytesIO(), zipfile.ZipFile(io.BytesIO(data))
    manifest = json.loads(source.read("manifest.json"))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in source.namelist():
            content = source.read(name)
            if name == "evidence.json":
                content = content.replace(old, new)
                member = next(each for each in manifest["members"] if each["name"] == name)
                member |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            if name != "manifest.json":
                archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(manifest))
    return out.getvalue()


def test_the_form_takes_the_same_file(own: Hosted, tmp_path: Path) -> None:
    former = own.member("former")
    answer = former.client.post("/import", files={"file": ("mine.zip", local_zip(tmp_path), "application/zip")})
    assert answer.status_code == 200
    assert "Your export is taken in" in answer.text
    assert len(evidence_of(own, former)) == 4
    assert former.client.post("/import", files={"other": ("x", b"")}).status_code == 400


def test_hostile_files_change_nothing(own: Hosted) -> None:
    hostile = own.member("hostile")
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("evidence.json", b"0" * (30 << 20))
    for body, status in ((b"", 422), (b"PK nonsense", 422), (bomb.getvalue(), 422), (b"x" * (33 << 20), 413)):
        answer = hostile.client.post("/api/v1/import", content=body, headers={"content-type": "application/zip"})
        assert answer.status_code == status, answer.text
    refused = hostile.client.post("/api/v1/import", json={})
    assert refused.status_code == 415
    assert evidence_of(own, hostile) == {}


def test_push(own: Hosted, tmp_path: Path) -> None:
    pusher = own.member("pusher")
    word = pusher.client.post("/api/v1/tokens", json={"name": "laptop", "scopes": ["read", "write"]}).json()["word"]
    home = local_home(tmp_path)
    (home / "server.json").write_text(json.dumps({"server": own.url, "token": word}))

    def push(*arguments: str) -> subprocess.CompletedProcess[str]:
        command, env = [*COMMAND, "push", *arguments], environment(home)
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, cwd=tmp_path)

    done = push("--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["added"]["evidence"] == 4
    assert {*evidence_of(own, pusher)} == {"own", "super", "said", "forged"}
    assert "4 were there already" in push().stdout
    (home / "server.json").write_text(json.dumps({"server": own.url, "token": "wrong"}))
    refused = push()
    assert refused.returncode == 1
    assert "does not know you" in refused.stderr
    (home / "server.json").unlink()
    assert "Sign in once with backroad login" in push().stderr
