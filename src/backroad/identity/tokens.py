"""Personal access tokens: made by a person for a program, shown once, revoked at will."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import cast

from sqlalchemy import Connection

from backroad.identity import audit, drawn, grant_store
from backroad.identity.grants import MOST_TOKEN_DAYS, MOST_TOKENS, SCOPES, TOKEN_DAYS, Scope, Token
from backroad.identity.model import LONGEST_NAME, Access, Person
from backroad.identity.sessions import SEEN_EVERY, fingerprint
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id


def check_scopes(person: Person, scopes: Collection[str]) -> tuple[Scope, ...]:
    """In the order in which they are shown; what this person may not do, no program of theirs may."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise Problem(f"There is no scope {unknown[0][:40]!r}.", f"There are {', '.join(SCOPES)}.")
    if not scopes:
        raise Problem("A token needs at least one scope.", f"There are {', '.join(SCOPES)}.")
    if "admin" in scopes and not person.may("admin"):
        raise Problem("The scope 'admin' is for admins.", "Leave it out.", status=403)
    return tuple(scope for scope in SCOPES if scope in scopes)


def possible_scopes(person: Person) -> dict[Scope, str]:
    return {scope: meaning for scope, meaning in SCOPES.items() if scope != "admin" or person.may("admin")}


def make(
    tx: Connection, person: Person, name: str, scopes: Collection[str], now: datetime, days: int = TOKEN_DAYS
) -> tuple[Token, str]:
    """The token, and the word that lets its bearer in: it is kept nowhere, so this is the only time it is seen."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Problem(f"A token's name has 1 to {LONGEST_NAME} characters.", "Say which program will use it.")
    if not 1 <= days <= MOST_TOKEN_DAYS:
        raise Problem(f"A token lives 1 to {MOST_TOKEN_DAYS} days.")
    chosen = check_scopes(person, scopes)
    if grant_store.count_tokens(tx, person.id) >= MOST_TOKENS:
        raise Problem(f"You have {MOST_TOKENS} tokens already.", "Revoke one first.", status=409)
    word = drawn.draw(drawn.TOKEN)
    token = Token(new_id(), name, chosen, word[-4:], now, now + timedelta(days=days), None)
    grant_store.add_token(tx, person.id, fingerprint(word), token)
    detail = {"token": token.id, "name": name, "scopes": list(chosen), "days": days}
    audit.note(tx, now, "token.made", person.id, actor=person.id, detail=detail)
    return token, word


def revoke(tx: Connection, person_id: str, token_id: str, now: datetime) -> None:
    if not token_id or grant_store.remove_tokens(tx, person_id, only=token_id) == 0:
        raise NotFound("You have no such token.")
    audit.note(tx, now, "token.revoked", person_id, actor=person_id, detail={"token": token_id})


def access_of(tx: Connection, word: str, now: datetime) -> Access | None:
    """What the bearer of a personal access token may do, or None."""
    if not drawn.is_sound(word, drawn.TOKEN):
        return None
    found = grant_store.token_and_person(tx, fingerprint(word))
    if found is None or found[0].expires_at <= now or found[1].disabled_at is not None:
        return None
    token, person = found
    if token.seen_at is None or now - token.seen_at >= SEEN_EVERY:
        grant_store.touch_token(tx, token.id, now)
    return Access(person, "token", scopes=cast(frozenset[str], frozenset(token.scopes)), session=token.id)
