"""Devices that are let in from another browser (RFC 8628): a program shows a short code, a person who is signed in
types it and says yes."""

import secrets
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection

from backroad.identity import audit, drawn, grant_store
from backroad.identity.grants import DEVICE_LIFE, PAUSE, SCOPES, Device, Scope
from backroad.identity.model import Person
from backroad.identity.sessions import fingerprint
from backroad.identity.tokens import possible_scopes
from backroad.kit.errors import NotFound, Problem
from backroad.kit.limits import Rate

LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""No vowels, so that no words come of it, and nothing that looks like something else (RFC 8628, 6.1)."""
LENGTH = 8
"""34 bits, of which one person may guess ten an hour."""
GUESSES = Rate("device-code", 10, 3600)
MOST_PAUSE = 60
TOLERANCE = timedelta(seconds=0.5)
"""The way of a question to us is not always equally long."""


def begin(
    tx: Connection, client: str, scopes: tuple[Scope, ...], now: datetime, *, agent: str, address: str
) -> tuple[str, Device]:
    """The word by which the device asks on, and what a person sees of it."""
    grant_store.sweep(tx, now)
    word = drawn.draw(drawn.DEVICE)
    user_code = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    device = Device(
        fingerprint(word), user_code, client, scopes, now, now + DEVICE_LIFE, agent=agent[:200], address=address[:45]
    )
    grant_store.add_device(tx, device)
    return word, device


def shown(user_code: str) -> str:
    return f"{user_code[:4]}-{user_code[4:]}"


def typed(text: str) -> str:
    """A code as people type it: small letters, spaces and dashes are all the same."""
    return "".join(letter for letter in text.upper() if letter in LETTERS)[: LENGTH + 1]


def waiting(tx: Connection, text: str, now: datetime) -> Device:
    """The device that shows this code and waits for an answer."""
    code = typed(text)
    found = grant_store.device(tx, user_code=code) if len(code) == LENGTH else None
    if found is None or found.expires_at <= now or found.decision:
        raise NotFound("No program waits with this code.", "Codes last ten minutes; begin anew where it is shown.")
    return found


def granted(person: Person, device: Device) -> tuple[Scope, ...]:
    """Of what the program asks for, what this person may give away."""
    possible = possible_scopes(person)
    return tuple(scope for scope in SCOPES if scope in device.scopes and scope in possible)


def decide(tx: Connection, person: Person, text: str, *, allow: bool, now: datetime) -> Device:
    device = waiting(tx, text, now)
    scopes = granted(person, device)
    if allow and not scopes:
        raise Problem("Your account may do nothing of what this program asks for.", status=403)
    decision = "allowed" if allow else "denied"
    changes = {"decision": decision, "person": person.id, "scopes": " ".join(scopes or device.scopes)}
    grant_store.change_device(tx, device.digest, **changes)
    detail = {"client": device.client, "address": device.address}
    audit.note(tx, now, f"device.{decision}", person.id, actor=person.id, detail=detail)
    return device


def poll(
    tx: Connection, word: str, client: str, now: datetime
) -> Device | Literal["unknown", "expired", "denied", "waiting", "too soon"]:
    """The device once it was let in, which happens once. Who asks too often must ask less often from then on."""
    found = grant_store.device(tx, digest=fingerprint(word)) if drawn.is_sound(word, drawn.DEVICE) else None
    if found is None or found.client != client:
        return "unknown"
    if found.expires_at <= now:
        return "expired"
    early = found.polled_at is not None and now - found.polled_at < timedelta(seconds=found.pause) - TOLERANCE
    if early:
        pause = min(found.pause + PAUSE, MOST_PAUSE)
        grant_store.change_device(tx, found.digest, polled_at=now, pause=pause)
        return "too soon"
    if not found.decision:
        grant_store.change_device(tx, found.digest, polled_at=now)
        return "waiting"
    if not grant_store.remove_device(tx, found.digest):
        return "unknown"
    return found if found.decision == "allowed" else "denied"
