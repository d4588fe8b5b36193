"""ID tokens of the identity provider, right and wrong. Needs joserfc, which the extra `services` brings."""

import asyncio
import base64
import hashlib
import hmac
import importlib.util
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, get_args

from backroad.verifier.dependencies.sources import EXTRA, Unavailable

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, RSAKey

Algorithm = Literal["RS256", "ES256"]
Flaw = Literal[
    "wrong_nonce", "no_nonce", "expired", "wrong_audience", "wrong_issuer", "wrong_signature", "alg_none", "alg_hs256",
    "unknown_key", "wrong_subject",
]  # fmt: skip
FLAWS: tuple[Flaw, ...] = get_args(Flaw)


class Keys:
    """An RSA key takes a tenth of a second to make, and is made in a thread when it is first needed."""

    def __init__(self) -> None:
        if importlib.util.find_spec("joserfc") is None:
            raise Unavailable("joserfc, which signs ID tokens, is not installed.", hint=f"Run: {EXTRA}")
        self._lock = asyncio.Lock()
        self._rsa: RSAKey | None = None
        self._ec: ECKey | None = None
        self._retired: list[dict[str, Any]] = []

    async def get(self, algorithm: Algorithm) -> "RSAKey | ECKey":
        from joserfc.jwk import ECKey, RSAKey

        async with self._lock:
            if algorithm == "ES256":
                if self._ec is None:
                    self._ec = ECKey.generate_key("P-256", auto_kid=True)
                return self._ec
            if self._rsa is None:
                self._rsa = await asyncio.to_thread(RSAKey.generate_key, 2048, auto_kid=True)
            return self._rsa

    async def public(self, algorithm: Algorithm) -> dict[str, Any]:
        """A JWK Set with the present key and those before it that were kept."""
        return {"keys": [_public(await self.get(algorithm), algorithm), *self._retired]}

    async def rotate(self, algorithm: Algorithm, *, keep_old: bool = True) -> None:
        old = await self.get(algorithm)
        self._retired = [_public(old, algorithm), *self._retired] if keep_old else []
        self._rsa = self._ec = None

    async def sign(self, claims: Mapping[str, Any], algorithm: Algorithm, flaw: Flaw | None) -> str:
        from joserfc import jwt
        from joserfc.jwk import ECKey

        key = await self.get(algorithm)
        header = {"alg": algorithm, "kid": key.kid, "typ": "JWT"}
        if flaw == "alg_none":
            return f"{_part({**header, 'alg': 'none'})}.{_part(claims)}."
        if flaw == "alg_hs256":
            # Signed with the public key as if that were a shared secret.
            unsigned = f"{_part({**header, 'alg': 'HS256'})}.{_part(claims)}"
            mac = hmac.new(key.as_pem(private=False), unsigned.encode(), hashlib.sha256).digest()
            return f"{unsigned}.{_encode(mac)}"
        if flaw == "unknown_key":
            stranger = await Keys().get(algorithm)
            return jwt.encode({**header, "kid": stranger.kid}, dict(claims), stranger)
        if flaw == "wrong_signature":
            stranger = ECKey.generate_key("P-256") if algorithm == "ES256" else await Keys().get(algorithm)
            return jwt.encode(header, dict(claims), stranger)
        return jwt.encode(header, dict(claims), key)


def _public(key: "RSAKey | ECKey", algorithm: Algorithm) -> dict[str, Any]:
    return {**key.as_dict(private=False), "use": "sig", "alg": algorithm}


def _part(value: Mapping[str, Any]) -> str:
    return _encode(json.dumps(value, separators=(",", ":")).encode())


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
