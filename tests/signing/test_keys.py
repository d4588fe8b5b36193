"""Keys: made once, kept to their owner, replaced without losing what older ones signed."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey, OctKey, RSAKey

from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.private_key import read_key
from backroad.settings import load
from backroad.signing import actions, store
from backroad.signing.private import Keyring

NOW = datetime(2027, 1, 4, tzinfo=UTC)


def test_a_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = Keyring(tmp_path, {})
    key = folder.filed("credential")
    assert folder.filed("credential").id == key.id
    assert folder.filed("lti").id != key.id
    assert folder.path("credential").stat().st_mode & 0o777 == 0o600
    assert folder.path("credential").parent.stat().st_mode & 0o777 == 0o700
    assert {file.name for file in (tmp_path / "keys").iterdir()} == {"credential.json", "lti.json"}
    assert key.jwk.keys() == {"kty", "n", "e", "alg", "use"}


def test_processes_that_start_at_once_agree(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from backroad.signing.private import Keyring; "
        "print(Keyring(Path(sys.argv[1]), {}).filed('credential').id)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


def test_rotation_keeps_the_old_key_published(db: Database, tmp_path: Path) -> None:
    folder = Keyring(tmp_path, {})
    old = db.run_now(lambda tx: actions.signing_key(tx, folder, "credential", NOW))
    token = actions.sign(old, {"a": 1})
    new = db.run_now(lambda tx: actions.rotate(tx, folder, "credential", NOW))
    assert new.id != old.id
    assert db.run_now(lambda tx: actions.signing_key(tx, folder, "credential", NOW)).id == new.id
    published = db.run_now(actions.key_set)["keys"]
    assert {key["kid"] for key in published} == {old.id, new.id}
    assert not any("d" in key for key in published)
    kept = db.run_now(lambda tx: store.key(tx, old.id))
    assert kept
    assert actions.check_signature(token, kept.jwk, kept.algorithm) == {"a": 1}
    db.run_now(lambda tx: actions.withdraw(tx, old.id, NOW))
    assert [key["kid"] for key in db.run_now(actions.key_set)["keys"]] == [new.id]
    with pytest.raises(Problem):
        db.run_now(lambda tx: actions.withdraw(tx, old.id, NOW))
    db.run_now(lambda tx: actions.withdraw(tx, new.id, NOW))
    third = db.run_now(lambda tx: actions.signing_key(tx, folder, "credential", NOW))
    assert third.id not in (old.id, new.id), "a withdrawn key signs no more"


def test_a_server_keeps_its_keys_sealed_for_all_its_processes(db: Database, tmp_path: Path) -> None:
    one, two = (Keyring(tmp_path / name, {}, "s" * 40) for name in "ab")
    key = db.run_now(lambda tx: actions.signing_key(tx, one, "lti", NOW))
    assert db.run_now(lambda tx: actions.signing_key(tx, two, "lti", NOW)).id == key.id
    assert list(tmp_path.glob("*/keys")) == []
    row = db.run_now(lambda tx: store.key(tx, key.id))
    assert row
    assert key.key.as_dict(private=True)["d"] not in row.sealed
    stranger = Keyring(tmp_path, {}, "t" * 40)
    other = db.run_now(lambda tx: actions.signing_key(tx, stranger, "lti", NOW))
    assert other.id != key.id, "another secret opens nothing, and makes its own"
    later = db.run_now(lambda tx: actions.rotate(tx, one, "lti", NOW + timedelta(days=1)))
    assert db.run_now(lambda tx: actions.signing_key(tx, two, "lti", NOW)).id == later.id


def pem(key: RSAKey | ECKey) -> str:
    return key.as_pem(private=True).decode()


def test_a_setting_brings_a_key(db: Database, tmp_path: Path) -> None:
    rsa, ec = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
    for text, algorithm in (
        (pem(rsa), "RS256"),
        (json.dumps(rsa.as_dict(private=True)), "RS256"),
        (pem(ec), "ES256"),
    ):
        folder = Keyring(tmp_path, {"credential": text})
        key = db.run_now(lambda tx, folder=folder: actions.signing_key(tx, folder, "credential", NOW))
        assert key.algorithm == algorithm
        assert not (tmp_path / "keys").exists()
        with pytest.raises(Problem, match="comes from a setting"):
            db.run_now(lambda tx, folder=folder: actions.rotate(tx, folder, "credential", NOW))
    file = tmp_path / "key.pem"
    file.write_text(pem(ec))
    given = {"BACKROAD_HOME": str(tmp_path), "BACKROAD_CREDENTIAL_KEY_FILE": str(file)}
    assert read_key(load(given).credential_key).algorithm == "ES256"
    with pytest.raises(Problem, match="BACKROAD_LTI_KEY is wrong; it must be an RSA key"):
        load({"BACKROAD_HOME": str(tmp_path), "BACKROAD_LTI_KEY": pem(ec)})


SHORT = generate_private_key(65537, 1024).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.filterwarnings("ignore:Key size")
def test_what_is_no_private_key_is_refused() -> None:
    rsa = RSAKey.generate_key(2048)
    wrong = [
        "", "nonsense", "{", "[]", "{}", '{"kty":"RSA"}', rsa.as_pem(private=False).decode(),
        json.dumps(rsa.as_dict(private=False)), pem(ECKey.generate_key("P-384")), SHORT,
        json.dumps(OctKey.generate_key(256).as_dict(private=True)),
    ]  # fmt: skip
    for text in wrong:
        with pytest.raises(ValueError, match="a private key"):
            read_key(text)


def test_a_broken_key_file_is_said(tmp_path: Path) -> None:
    folder = Keyring(tmp_path, {})
    folder.filed("lti")
    folder.path("lti").write_text("{")
    with pytest.raises(Problem, match=r"lti\.json cannot be used: it must hold a private key"):
        folder.filed("lti")
