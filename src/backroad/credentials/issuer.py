"""Who signs: a server under its address, or in local mode the learner's own key, which is then the learner too."""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection

from backroad.kit.private_key import PrivateKey
from backroad.settings import Settings
from backroad.signing import actions as signing
from backroad.signing.keyring import keyring_of
from backroad.signing.private import Keyring

DID = "did:jwk:"
"""An id that is a public key itself (did:jwk method): whoever has the private half may sign under it."""


def did_of(jwk: dict[str, Any]) -> str:
    return DID + base64.urlsafe_b64encode(json.dumps(jwk, sort_keys=True).encode()).decode().rstrip("=")


def jwk_of(did: str) -> dict[str, Any]:
    """The key in a did:jwk. Raises a ValueError where there is none."""
    text = did.partition("#")[0].removeprefix(DID)
    found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    if not isinstance(found, dict) or "d" in found:
        raise ValueError("no public key")
    return found


class Issuer:
    """`base` is where the server's pages are; empty in local mode."""

    def __init__(self, base: str, keys: Keyring) -> None:
        self.base = base
        self.keys = keys

    @property
    def name(self) -> str:
        return f"Backroad at {urlsplit(self.base).netloc}" if self.base else "A learner's own Backroad, self-asserted"

    def id(self, key: PrivateKey) -> str:
        return f"{self.base}/issuer" if self.base else did_of(key.jwk)

    def credential_id(self, number: str) -> str:
        return f"{self.base}/credentials/{number}" if self.base else f"urn:uuid:{number}"

    def achievement_id(self, kind: str, ref: str) -> str:
        return f"{self.base}/achievements/{kind}s/{ref}" if self.base else f"urn:backroad:{kind}:{ref}"

    def list_url(self, number: int) -> str:
        return f"{self.base}/credentials/status/{number}"

    def key(self, tx: Connection, now: datetime) -> PrivateKey:
        return signing.signing_key(tx, self.keys, "credential", now)

    def sign(self, key: PrivateKey, payload: dict[str, Any]) -> str:
        """The header has `alg`, `kid` and `typ`, and may have no more (Open Badges 3.0, 8.2.4)."""
        kid = f"{self.base}/keys/{key.id}" if self.base else f"{did_of(key.jwk)}#0"
        return signing.sign(key, payload, kid=kid)


def issuer_of(settings: Settings) -> Issuer:
    return Issuer(settings.public_url if settings.is_server else "", keyring_of(settings))
