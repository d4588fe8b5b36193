"""Tokens over REST, and who a token lets in."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backroad.identity import families, grant_store, tokens
from backroad.identity.grants import MOST_TOKEN_DAYS, TOKEN_DAYS, Scope, Token
from backroad.identity.model import LONGEST_NAME, Access, Role
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]
    scopes: Annotated[list[Scope], msgspec.Meta(min_length=1, max_length=4)]
    days: Annotated[int, msgspec.Meta(ge=1, le=MOST_TOKEN_DAYS)] = TOKEN_DAYS


class MadeToken(msgspec.Struct):
    """`word` is what its bearer sends; it is shown this once."""

    token: Token
    word: str


class TokenList(msgspec.Struct):
    items: list[Token]


class Program(msgspec.Struct):
    """A program that a person let in; `client` is its `client_id`."""

    id: str
    client: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str
    address: str


class ProgramList(msgspec.Struct):
    items: list[Program]


class Me(msgspec.Struct):
    """Who sends this request, and with what scopes; a browser that is signed in may do all that the person may."""

    id: str
    email: str
    name: str
    role: Role
    via: str
    scopes: list[str]


@get("/me", summary="Who you are", responses=problem_responses(401))
async def me(access: NamedDependency[Access]) -> Me:
    person = access.person
    scopes = access.scopes if access.via in ("token", "jwt") else tokens.possible_scopes(person)
    return Me(person.id, person.email, person.name, person.role, access.via, sorted(scopes))


@get("/tokens", summary="Your personal access tokens", responses=problem_responses(401, 403))
async def read_tokens(access: NamedDependency[Access], db: NamedDependency[Database]) -> TokenList:
    return TokenList(await db.run(lambda tx: grant_store.tokens_of(tx, access.person.id)))


@post(
    "/tokens",
    summary="Make a personal access token",
    responses=problem_responses(400, 401, 403, 409, 413, 415),
    opt={"proved": True},
)
async def make_token(
    data: JSONBody[NewToken], access: NamedDependency[Access], db: NamedDependency[Database]
) -> Response[MadeToken]:
    """Only for people in a browser: a token cannot make another."""
    now = clock.now()
    made, word = await db.run(lambda tx: tokens.make(tx, access.person, data.name, data.scopes, now, data.days))
    return Response(MadeToken(made, word), status_code=201, headers={"cache-control": "no-store"})


@delete("/tokens/{token_id:str}", summary="Revoke a token", responses=problem_responses(401, 403, 404))
async def revoke_token(token_id: FromPath[str], access: NamedDependency[Access], db: NamedDependency[Database]) -> None:
    now = clock.now()
    await db.run(lambda tx: tokens.revoke(tx, access.person.id, token_id, now))


@get("/programs", summary="Programs that you let in", responses=problem_responses(401, 403))
async def read_programs(access: NamedDependency[Access], db: NamedDependency[Database]) -> ProgramList:
    mine = await db.run(lambda tx: grant_store.families_of(tx, access.person.id, clock.now()))
    fields = Program.__struct_fields__
    return ProgramList([Program(**{name: getattr(family, name) for name in fields}) for family in mine])


@delete("/programs/{program_id:str}", summary="End a program's access", responses=problem_responses(401, 403, 404))
async def end_program(
    program_id: FromPath[str], access: NamedDependency[Access], db: NamedDependency[Database]
) -> None:
    now = clock.now()
    await db.run(lambda tx: families.end(tx, access.person.id, program_id, now))


ROUTER = Router(
    "",
    route_handlers=[me, read_tokens, make_token, revoke_token, read_programs, end_program],
    tags=["tokens"],
)
