"""The public keys, at the addresses at which others look for them."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.signing import actions, store

PUBLIC = {"public": True}
_HEADERS = {"cache-control": "public, max-age=300", "access-control-allow-origin": "*"}
"""Keys are for everybody: a verifier that runs in a browser reads them too."""


@get("/.well-known/jwks.json", include_in_schema=False, opt=PUBLIC)
async def key_set(db: NamedDependency[Database]) -> Response[Any]:
    return Response(await db.run(actions.key_set), media_type="application/jwk-set+json", headers=_HEADERS)


@get("/keys/{key_id:str}", include_in_schema=False, opt=PUBLIC)
async def one_key(key_id: FromPath[str], db: NamedDependency[Database]) -> Response[Any]:
    """A single JWK: what the `kid` of a credential leads to (Open Badges 3.0, section 8.2)."""
    key = await db.run(lambda tx: store.key(tx, key_id))
    if key is None or key.withdrawn_at is not None:
        raise NotFound("There is no such key.")
    return Response({**key.jwk, "kid": key.id}, media_type="application/jwk+json", headers=_HEADERS)


ROUTES = (key_set, one_key)
