"""Who is asking, and what handlers have in common."""

from datetime import UTC, datetime

import accounts
import carts
from asgi import Problem, Request
from database import Database
from products import Expected, Product

BODY, IMPORT_BODY = 65_536, 1_048_576  # bytes
MERGE_PATCH = ("application/merge-patch+json", "application/json")


async def account(database: Database, request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    found = await database.run(accounts.of_key, key) if scheme.lower() == "bearer" else None
    if found is None:
        raise Problem(401, "Send your key as a bearer token.", {"WWW-Authenticate": "Bearer"})
    return found


async def cart(database: Database, request: Request) -> int:
    """The account's, if there are credentials; else that of the guest whose token came along."""
    token = request.headers.get("cart-token")
    if "authorization" in request.headers or token is None:
        return await database.run(carts.of_account, await account(database, request))
    found = await database.run(carts.of_guest, token)
    if found is None:
        raise Problem(401, "There is no cart with this token.", {"WWW-Authenticate": "Bearer"})
    return found


def etag(product: Product) -> str:
    """The id too, so that a handle that was deleted and claimed again is not taken for the old product."""
    return f'"{product.id}-{product.version}"'


def if_match(request: Request) -> Expected:
    wanted = request.headers.get("if-match", "*")
    return lambda product: wanted.strip() == "*" or etag(product) in [tag.strip() for tag in wanted.split(",")]


def show_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
