"""The door of the application: who comes in, and what their handler asks of them.

Nobody who is not signed in reaches a handler, unless it says `opt={"public": True}`. `opt={"role": "instructor"}` asks
for that role. A bearer token needs the scope `read` for safe methods and `write` for all others, or the one that the
handler names with `opt={"scope": "submit"}`. `opt={"verified": True}` asks for a confirmed email, and
`opt={"proved": True}`, before what cannot be taken back, for a password that was given in this browser not long ago.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.types import Scope
from sqlalchemy import Connection

from backroad.identity import sessions, tokens
from backroad.identity.jwts import Jwts
from backroad.identity.model import LOCAL_ACCESS, PROOF_LIFE, Access, Person
from backroad.kit import clock
from backroad.kit.asked import note_person
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.http import SAFE_METHODS
from backroad.kit.pages import viewer

AnyConnection = ASGIConnection[Any, Any, Any, Any]


class NotSignedIn(Problem):
    """Pages send people to the sign-in, programs are told."""

    def __init__(self, sentence: str = "You are not signed in.") -> None:
        super().__init__(sentence, "Sign in, or send a token: Authorization: Bearer …", status=401)


class NotAllowed(Problem):
    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, status=403)


class NotProved(Problem):
    """Pages ask for the password and come back, programs are told."""

    def __init__(self) -> None:
        hint = "Give it with POST /api/v1/account/proof, and send this again."
        super().__init__("This needs your password once more.", hint, status=403)


def cookie_name(secure: bool) -> str:
    """With `__Host-`, a browser takes the cookie from this host alone, over TLS and for all paths (RFC 6265bis)."""
    return "__Host-backroad" if secure else "backroad"


def _shown(person: Person) -> dict[str, object]:
    return {"name": person.name, "role": person.role, "verified": person.verified_at is not None}


def _check_proof(access: Access, now: datetime) -> None:
    """A browser that was left open must not be enough to take an account over, nor a token that leaked."""
    if access.via in ("token", "jwt"):
        raise NotAllowed("A token may not do this. Sign in in a browser.")
    if access.proved_at is None or now - access.proved_at > PROOF_LIFE:
        raise NotProved


def check(access: Access, asked: Mapping[str, Any], scope: str) -> None:
    """Refuse who may not do what the `opt` of a handler asks for, or the metadata of a GraphQL field. A token needs
    `scope` where they name no other."""
    role = asked.get("role", "learner")
    if not access.person.may(role):
        raise NotAllowed("Your account may not do this.")
    if role == "admin" and not access.allows("admin"):
        raise NotAllowed("This token does not have the scope 'admin'.")
    scope = asked.get("scope", scope)
    if not asked.get("public") and not access.allows(scope):
        raise NotAllowed(f"This token does not have the scope {scope!r}.")
    if asked.get("verified") and access.person.verified_at is None:
        raise NotAllowed("Confirm your email address first: open the link in our mail.")
    if asked.get("proved"):
        _check_proof(access, clock.now())


class Door:
    """The guard of server mode."""

    def __init__(self, db: Database, jwts: Jwts, *, secure: bool) -> None:
        self.db = db
        self.jwts = jwts
        self.cookie = cookie_name(secure)

    async def __call__(self, connection: AnyConnection, handler: BaseRouteHandler) -> None:
        access = await self._access(connection)
        note_person(access.person.id if access else "")
        connection.scope["access"] = access  # type: ignore[typeddict-unknown-key]
        viewer.set(None if access is None else _shown(access.person))
        if access is None:
            if not handler.opt.get("public"):
                bearer = connection.headers.get("authorization", "").lower().startswith("bearer ")
                raise NotSignedIn("This token is not valid.") if bearer else NotSignedIn
            return
        method = str(connection.scope.get("method", "GET"))
        check(access, handler.opt, "read" if method in SAFE_METHODS else "write")

    async def _access(self, connection: AnyConnection) -> Access | None:
        kind, _, bearer = connection.headers.get("authorization", "").partition(" ")
        now = clock.now()

        def look(tx: Connection) -> Access | None:
            if bearer and kind.lower() == "bearer":
                return self._by_bearer(tx, bearer.strip(), now)
            token = connection.cookies.get(self.cookie, "")
            return sessions.access_of(tx, token, now) if token else None

        if not (bearer or self.cookie in connection.cookies):
            return None
        return await self.db.run(look)

    def _by_bearer(self, tx: Connection, word: str, now: datetime) -> Access | None:
        """Of a personal access token, or of a JWT that we signed."""
        read = self.jwts.access_of if word.count(".") == 2 else tokens.access_of
        return read(tx, word, now)


async def let_in(connection: AnyConnection, handler: BaseRouteHandler) -> None:
    """The guard of local mode: who reaches this machine's own port is the one person there is."""
    connection.scope["access"] = LOCAL_ACCESS  # type: ignore[typeddict-unknown-key]


async def access(scope: Scope) -> Access:
    """Litestar dependency `access`."""
    found: Access | None = scope.get("access")  # type: ignore[assignment]
    if found is None:
        raise NotSignedIn
    return found


async def person(scope: Scope) -> Person:
    """Litestar dependency `person`."""
    return (await access(scope)).person
