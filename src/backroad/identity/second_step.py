"""The second step of signing in: a code of an authenticator (TOTP, RFC 6238), or one of the recovery codes."""

import base64
import hmac
import io
import secrets
from datetime import datetime

import msgspec
import pyotp
import segno
from sqlalchemy import Connection

from backroad.identity import actions, audit, brake, letters, sealing, sessions, store
from backroad.identity.letters import Letter
from backroad.identity.model import Person
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Limits
from backroad.settings import Settings

STEP_SECONDS = 30
RECOVERY_CODES = 10
SET_UP_SECONDS = 900
"""That a set-up may take from the picture to the first code."""
_TOTP, _SET_UP, _RECOVERY = "totp", "totp set-up", "recovery codes"


class Totp(msgspec.Struct, frozen=True):
    """What lies sealed in the row of a person. `last` is the step whose code was used last: none works twice."""

    secret: str
    last: int


class SetUp(msgspec.Struct, frozen=True):
    person: str
    secret: str


class Shown(msgspec.Struct, frozen=True):
    """What somebody needs to set up an authenticator. `sealed` comes back with the first code."""

    sealed: str
    secret: str
    uri: str
    svg: str
    """A QR code as an image's source."""


class WrongCode(Problem):
    def __init__(self) -> None:
        said = "This code is not the current one, or it was used already."
        super().__init__(said, "Wait for the next one. The clock of your phone must be right.", status=403)


def begin(settings: Settings, person: Person, now: datetime) -> Shown:
    new = SetUp(person.id, pyotp.random_base32())
    return _shown(settings, person, sealing.seal(settings.secret_key, _SET_UP, new, now), now)


def again(settings: Settings, person: Person, sealed: str, now: datetime) -> Shown:
    """The same picture, after a code that was wrong. Raises a Problem when it is too old."""
    return _shown(settings, person, sealed, now)


def _shown(settings: Settings, person: Person, sealed: str, now: datetime) -> Shown:
    secret = _set_up(settings, person, sealed, now)
    host = settings.public_url.partition("://")[2]
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.email or person.name, issuer_name=f"Backroad {host}")
    out = io.BytesIO()
    segno.make(uri, error="m").save(out, kind="svg", scale=4, border=4, dark="#000", light="#fff", xmldecl=False)
    # As an image's source: what stands in the page itself would have to carry no style, and could not be trusted alike.
    return Shown(sealed, secret, uri, f"data:image/svg+xml;base64,{base64.b64encode(out.getvalue()).decode()}")


def _set_up(settings: Settings, person: Person, sealed: str, now: datetime) -> str:
    key = settings.secret_key
    found = sealing.unseal(key, _SET_UP, sealed, SetUp, now=now, seconds=SET_UP_SECONDS)
    if found is None or found.person != person.id:
        raise Problem("This set-up took too long.", "Begin again, with a new picture.", status=410)
    return found.secret


def confirm(
    tx: Connection, settings: Settings, person: Person, sealed: str, code: str, now: datetime
) -> tuple[list[str], list[Letter]]:
    """The recovery codes, which are told only now. Raises WrongCode."""
    secret = _set_up(settings, person, sealed, now)
    step = _step_of(secret, code, now, after=-1)
    if step is None:
        raise WrongCode
    if not _replace(tx, person.id, "", _sealed(settings, Totp(secret, step), now)):
        raise Problem("A second step is set up already.", "Turn it off first.", status=409)
    audit.note(tx, now, "totp.on", person.id, actor=person.id)
    return renew_recovery(tx, settings, person, now, quietly=True), _told(settings, person, "totp on")


def turn_off(tx: Connection, settings: Settings, person: Person, now: datetime, *, actor: str) -> list[Letter]:
    if not person.has_totp:
        raise Problem("There is no second step to turn off.", status=409)
    store.change_person(tx, person.id, totp="", recovery=[])
    audit.note(tx, now, "totp.off", person.id, actor=actor)
    return _told(settings, person, "totp off")


def renew_recovery(
    tx: Connection, settings: Settings, person: Person, now: datetime, *, quietly: bool = False
) -> list[str]:
    """New codes; the old ones are worth nothing. `quietly`: as a part of setting up."""
    if not (quietly or person.has_totp):
        raise Problem("There is no second step to recover.", "Set it up first.", status=409)
    codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
    kept = [sealing.digest(settings.secret_key, _RECOVERY, _plain(code)) for code in codes]
    store.change_person(tx, person.id, recovery=kept)
    if not quietly:
        audit.note(tx, now, "recovery.renewed", person.id, actor=person.id)
    return codes


def recovery_left(tx: Connection, person_id: str) -> int:
    return len(store.second_step(tx, person_id)[1])


async def finish(
    db: Database, settings: Settings, limits: Limits, known: actions.NeedsCode, code: str, now: datetime,
    *, agent: str, address: str,
) -> tuple[str, list[Letter]]:  # fmt: skip
    """The token of a new session. Raises WrongCode and TooMany."""
    await limits.hit(brake.CODES, known.person)

    def check(tx: Connection) -> tuple[str, list[Letter]] | None:
        person = store.person(tx, known.person)
        if person is None or person.disabled_at is not None or not _same_password(tx, known):
            raise Problem("This sign-in took too long.", "Begin again.", status=410)
        how = _judge(tx, settings, person, code, now)
        if how is None:
            audit.note(tx, now, "code.wrong", person.id, address=address)
            return None
        told = _told(settings, person, "recovery") if how == "recovery code" else []
        return sessions.open_session(tx, person, now, agent=agent, address=address, how=f"password and {how}"), told

    done = await db.run(check)
    if done is None:
        raise WrongCode
    await limits.forget(brake.CODES, known.person)
    return done


def _same_password(tx: Connection, known: actions.NeedsCode) -> bool:
    return hmac.compare_digest(sessions.fingerprint(store.password_of(tx, known.person)), known.kept)


def _judge(tx: Connection, settings: Settings, person: Person, code: str, now: datetime) -> str | None:
    """How the person came in; what was used is used up."""
    sealed, recovery = store.second_step(tx, person.id)
    if not sealed:
        return "nothing"  # it was turned off meanwhile
    totp = sealing.unseal(settings.secret_key, _TOTP, sealed, Totp, now=now)
    step = _step_of(totp.secret, code, now, after=totp.last) if totp else None
    if totp and step is not None:
        used = _sealed(settings, Totp(totp.secret, step), now)
        return "code" if _replace(tx, person.id, sealed, used) else None
    kept = sealing.digest(settings.secret_key, _RECOVERY, _plain(code))
    if kept in recovery:
        store.change_person(tx, person.id, recovery=[each for each in recovery if each != kept])
        audit.note(tx, now, "recovery.used", person.id, actor=person.id)
        return "recovery code"
    return None


def _step_of(secret: str, code: str, now: datetime, *, after: int) -> int | None:
    """Which 30 seconds the code is of: these, the ones before or the next ones, but none up to `after`."""
    typed, current = "".join(code.split()), int(now.timestamp()) // STEP_SECONDS
    if len(typed) != 6 or not (typed.isascii() and typed.isdecimal()):
        return None
    generator = pyotp.TOTP(secret)
    for step in (current, current - 1, current + 1):
        if hmac.compare_digest(generator.at(step * STEP_SECONDS), typed) and step > after:
            return step
    return None


def _sealed(settings: Settings, totp: Totp, now: datetime) -> str:
    return sealing.seal(settings.secret_key, _TOTP, totp, now)


def _replace(tx: Connection, person_id: str, old: str, new: str) -> bool:
    """Only if nobody was quicker: of two requests with one code, one comes in."""
    return store.replace_totp(tx, person_id, old, new)


def _recovery_code() -> str:
    """Ten letters and digits that are not mistaken for each other: 49 bits."""
    drawn = "".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(10))
    return f"{drawn[:5]}-{drawn[5:]}"


def _plain(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()[:40]


def _told(settings: Settings, person: Person, event: str) -> list[Letter]:
    return [letters.notice(settings.public_url, person.email, event)] if person.email else []
