"""Credentials over REST."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backroad.credentials import actions, store
from backroad.credentials.issuer import issuer_of
from backroad.credentials.model import Credential, State, Verdict
from backroad.credentials.verify import verify
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.settings import Settings
from backroad.signing.actions import LONGEST_TOKEN

PUBLIC = {"public": True}


class CredentialEntry(msgspec.Struct):
    """`jwt` is the credential itself; `subject` is `skill:<id>` or `road:<id>`."""

    id: str
    subject: str
    title: str
    jwt: str
    issued_at: datetime
    revoked_at: datetime | None
    reason: str


class NewCredential(msgspec.Struct, forbid_unknown_fields=True):
    subject: Annotated[
        str,
        msgspec.Meta(
            pattern=r"^(skill|road):\S+$", max_length=120, description="`skill:sql.joins` or `road:canonical`"
        ),
    ]


class Token(msgspec.Struct, forbid_unknown_fields=True):
    jwt: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TOKEN)]


class VerdictAnswer(msgspec.Struct):
    """`credential` is the document in the token; empty where it could not be trusted to be one."""

    state: State
    sentence: str
    hint: str
    id: str
    issuer: str
    credential: dict[str, Any]


def _entry(item: Credential) -> CredentialEntry:
    return CredentialEntry(item.id, item.subject, item.title, item.jwt, item.issued_at, item.revoked_at, item.reason)


def _answer(verdict: Verdict) -> VerdictAnswer:
    return VerdictAnswer(verdict.state, verdict.sentence, verdict.hint, verdict.id, verdict.issuer, verdict.document)


@get("/credentials", summary="Your credentials, newest first", responses=problem_responses(400))
async def list_credentials(
    person: NamedDependency[Person], db: NamedDependency[Database], limit: Limit = 20, cursor: Cursor = None
) -> Page[CredentialEntry]:
    before = read_cursor(cursor)
    found = await db.run(lambda tx: store.newest(tx, person.id, limit + 1, before))
    last = found[limit - 1] if len(found) > limit else None
    return Page([_entry(item) for item in found[:limit]], write_cursor(last.issued_at, last.id) if last else None)


@post(
    "/credentials",
    summary="Have a proven skill certified, or those of a road; the same standing gives the same credential",
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def issue_credential(
    data: JSONBody[NewCredential],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    settings: NamedDependency[Settings],
    db: NamedDependency[Database],
) -> Response[CredentialEntry]:
    issuer = issuer_of(settings)
    item, _ = await db.run(lambda tx: actions.issue(tx, person, data.subject, issuer, curriculum, clock.now()))
    return Response(_entry(item), headers={"location": f"/api/v1/credentials/{item.id}"})


@get("/credentials/{credential_id:str}", summary="One of your credentials", responses=problem_responses(400, 404))
async def read_credential(
    credential_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> CredentialEntry:
    return _entry(await db.run(lambda tx: actions.get(tx, person.id, credential_id)))


@delete("/credentials/{credential_id:str}", summary="Take a credential back", responses=problem_responses(400, 404))
async def revoke_credential(
    credential_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> None:
    await db.run(lambda tx: actions.revoke(tx, person.id, credential_id, clock.now()))


@get(
    "/credentials/{credential_id:str}/verification",
    summary="What can be said of a credential, for whoever knows its id",
    responses=problem_responses(400, 404),
    opt=PUBLIC,
)
async def verify_credential(
    credential_id: FromPath[str], settings: NamedDependency[Settings], db: NamedDependency[Database]
) -> VerdictAnswer:
    issuer = issuer_of(settings)
    return _answer(await db.run(lambda tx: verify(tx, actions.published(tx, credential_id).jwt, issuer, clock.now())))


@post(
    "/verifications",
    status_code=200,
    summary="What can be said of a token that somebody showed you",
    responses=problem_responses(400, 413, 415),
    opt=PUBLIC,
)
async def verify_token(
    data: JSONBody[Token], settings: NamedDependency[Settings], db: NamedDependency[Database]
) -> VerdictAnswer:
    issuer = issuer_of(settings)
    return _answer(await db.run(lambda tx: verify(tx, data.jwt, issuer, clock.now())))


ROUTER = Router(
    "",
    route_handlers=[
        list_credentials,
        issue_credential,
        read_credential,
        revoke_credential,
        verify_credential,
        verify_token,
    ],
    tags=["credentials"],
)
