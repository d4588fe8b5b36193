"""Settings → Tokens: what programs of a person may come in with."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath
from litestar.response import Redirect
from sqlalchemy import Connection

from backroad.identity import families, grant_store, tokens
from backroad.identity.grants import CLIENTS, MOST_TOKEN_DAYS, TOKEN_DAYS, Token
from backroad.identity.model import Access
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.forms import number_of
from backroad.kit.pages import page

PROVED = {"proved": True}
"""Letting a program in is for people who have just shown who they are."""
FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def _row(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "tail": token.tail,
        "scopes": ", ".join(token.scopes),
        "expires": f"{token.expires_at:%Y-%m-%d}",
        "over": token.expires_at <= clock.now(),
        "seen": f"{token.seen_at:%Y-%m-%d}" if token.seen_at else "never",
    }


async def _page(
    access: Access, db: Database, *, status: int = 200, problem: str = "", word: str = "", name: str = ""
) -> Response[str]:
    def read(tx: Connection) -> dict[str, Any]:
        mine = grant_store.families_of(tx, access.person.id, clock.now())
        return {
            "tokens": [_row(token) for token in grant_store.tokens_of(tx, access.person.id)],
            "programs": [
                {
                    "id": family.id,
                    "title": CLIENTS[family.client].title if family.client in CLIENTS else family.client,
                    "agent": family.agent,
                    "address": family.address,
                    "scopes": ", ".join(family.scopes),
                    "since": f"{family.created_at:%Y-%m-%d}",
                    "seen": f"{family.seen_at:%Y-%m-%d}",
                }
                for family in mine
            ],
        }

    listed = await db.run(read)
    context = {"problem": problem, "word": word, "name": name, "days": TOKEN_DAYS, "most_days": MOST_TOKEN_DAYS}
    scopes = list(tokens.possible_scopes(access.person).items())
    return page("identity/tokens.html", status=status, nav="settings", scopes=scopes, **listed, **context)


@get("/settings/tokens", include_in_schema=False)
async def tokens_page(access: NamedDependency[Access], db: NamedDependency[Database]) -> Response[str]:
    return await _page(access, db)


@post("/settings/tokens", status_code=200, include_in_schema=False, opt=PROVED)
async def make_token(data: FormData, access: NamedDependency[Access], db: NamedDependency[Database]) -> Response[str]:
    """The answer shows the token, this once: that is why it is no redirect."""
    given, name = data.get("scopes", []), str(data.get("name", ""))
    scopes = [str(scope) for scope in (given if isinstance(given, list) else [given])]
    now = clock.now()
    try:
        days = number_of(data.get("days", TOKEN_DAYS), "days")
        _, word = await db.run(lambda tx: tokens.make(tx, access.person, name, scopes, now, days))
    except Problem as problem:
        return await _page(access, db, status=problem.status, problem=str(problem), name=name[:80])
    return await _page(access, db, word=word)


@post("/settings/tokens/{token_id:str}/revoke", include_in_schema=False)
async def revoke_token(
    token_id: FromPath[str], access: NamedDependency[Access], db: NamedDependency[Database]
) -> Redirect:
    now = clock.now()
    await db.run(lambda tx: tokens.revoke(tx, access.person.id, token_id, now))
    return Redirect("/settings/tokens", status_code=303)


@post("/settings/programs/{family_id:str}/end", include_in_schema=False)
async def end_program(
    family_id: FromPath[str], access: NamedDependency[Access], db: NamedDependency[Database]
) -> Redirect:
    now = clock.now()
    await db.run(lambda tx: families.end(tx, access.person.id, family_id, now))
    return Redirect("/settings/tokens#programs", status_code=303)


ROUTES = (tokens_page, make_token, revoke_token, end_program)
