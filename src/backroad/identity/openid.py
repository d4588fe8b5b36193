"""An OpenID provider: where it is, what it signs, whom its ID token names (OpenID Connect Core 1.0, Discovery 1.0)."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry, extract_compact

from backroad.identity.elsewhere import Elsewhere, ask_well, is_sound
from backroad.identity.foreign_model import Claimed, Errand
from backroad.settings import Provider

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
"""Signatures that need a private key. None of them is `none`, nor one that our own secret could make."""
SKEW = 60
"""Seconds by which clocks may differ."""
FRESH = 3600.0
"""Seconds for which a provider's documents are kept."""
AGAIN = 10.0
"""Seconds between two looks for a key that is not there."""
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


def challenge_of(verifier: str) -> str:
    """RFC 7636, 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class OpenId:
    """One provider. Its documents are kept for an hour; a key that is not among them is looked for anew."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.issuer = provider.issuer
        self._about: tuple[float, dict[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None
        self._looked_again = float("-inf")

    def _fails(self, reason: str) -> Elsewhere:
        return Elsewhere(self.provider.title, reason)

    async def about(self) -> dict[str, Any]:
        """The provider's metadata; it must say of itself that it is this issuer, letter by letter."""
        if self._about is not None and time.monotonic() - self._about[0] < FRESH:
            return self._about[1]
        address = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        found = await ask_well(self.provider.title, "GET", address)
        if not isinstance(found, dict) or found.get("issuer") != self.issuer:
            said = found.get("issuer") if isinstance(found, dict) else found
            raise self._fails(f"{address} is about the issuer {str(said)[:200]!r}, not {self.issuer!r}")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not is_sound(found.get(name)):
                raise self._fails(f"its {name} is no https address")
        self._about = (time.monotonic(), found)
        return found

    async def authorize_url(self, errand: Errand, redirect: str) -> str:
        about = await self.about()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": redirect,
            "scope": "openid email profile",
            "state": errand.state,
            "nonce": errand.nonce,
            "code_challenge": challenge_of(errand.verifier),
            "code_challenge_method": "S256",
        }
        address: str = about["authorization_endpoint"]
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def check_answer(self, answer: Mapping[str, str]) -> None:
        """It must come from this provider and not from one that was mixed up with it (RFC 9207)."""
        about = await self.about()
        promised = about.get("authorization_response_iss_parameter_supported") is True
        if answer.get("iss", "") != self.issuer and ("iss" in answer or promised):
            raise self._fails(f"the answer came from the issuer {answer.get('iss', '')[:200]!r}")

    async def claim(self, code: str, errand: Errand, redirect: str, now: datetime) -> Claimed:
        about = await self.about()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": errand.verifier,
        }
        basic: tuple[str, str] | None = None
        if "client_secret_basic" in about.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            basic = (quote(self.provider.client_id, safe=""), quote(self.provider.client_secret, safe=""))
        else:
            form |= {"client_id": self.provider.client_id, "client_secret": self.provider.client_secret}
        issued = await ask_well(self.provider.title, "POST", about["token_endpoint"], form=form, basic=basic)
        text = issued.get("id_token") if isinstance(issued, dict) else None
        if not isinstance(text, str):
            raise self._fails("the token endpoint sent no ID token")
        claims = await self._verified(text, errand, now)
        if "email" not in claims:
            claims = {**claims, **await self._userinfo(about, issued.get("access_token"), claims["sub"])}
        return self._claimed(claims)

    async def _verified(self, text: str, errand: Errand, now: datetime) -> dict[str, Any]:
        """The claims of an ID token that this provider signed, for us, for this errand (Core, 3.1.3.7)."""
        try:
            token = jwt.decode(text, await self._key_for(text), algorithms=ALGORITHMS, registry=_REGISTRY)
        except (JoseError, ValueError, TypeError, RecursionError) as error:
            raise self._fails(f"the ID token cannot be trusted: {type(error).__name__}") from None
        claims, at = token.claims, now.timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        client, subject = self.provider.client_id, claims.get("sub")
        nonce = claims.get("nonce")
        wrong = [
            what
            for what, right in (
                ("iss", claims.get("iss") == self.issuer),
                ("aud", client in audiences),
                ("azp", claims.get("azp", None if len(audiences) > 1 else client) == client),
                ("exp", isinstance(claims.get("exp"), int | float) and claims["exp"] > at - SKEW),
                ("iat", isinstance(claims.get("iat"), int | float) and claims["iat"] < at + SKEW),
                ("nonce", isinstance(nonce, str) and hmac.compare_digest(nonce.encode(), errand.nonce.encode())),
                ("sub", isinstance(subject, str) and 1 <= len(subject) <= 255 and "\0" not in subject),
            )
            if not right
        ]
        if wrong:
            raise self._fails(f"the ID token's {', '.join(wrong)} is not what was asked for")
        return claims

    async def _key_for(self, text: str) -> Any:
        """The key that the token's header names, or the only one of the set where it names none."""
        kid = extract_compact(text.encode()).headers().get("kid")
        if kid is not None and not isinstance(kid, str):
            raise ValueError("kid is no word")
        keys = await self._key_set()
        if kid is not None and kid not in [key.kid for key in keys] and self._may_look_again():
            keys = await self._key_set(anew=True)
        if kid is None:
            return keys
        found = [key for key in keys if key.kid == kid]
        if not found:
            raise ValueError("no such key")
        return found[0]

    def _may_look_again(self) -> bool:
        """Else whoever sends us made-up key names would make us ask the provider without end."""
        now = time.monotonic()
        may = now - self._looked_again >= AGAIN
        if may:
            self._looked_again = now
        return may

    async def _key_set(self, *, anew: bool = False) -> KeySet:
        if self._keys is not None and not anew and time.monotonic() - self._keys[0] < FRESH:
            return self._keys[1]
        about = await self.about()
        found = await ask_well(self.provider.title, "GET", about["jwks_uri"])
        listed = found.get("keys") if isinstance(found, dict) else None
        keys = KeySet([])
        for one in listed if isinstance(listed, list) else []:
            try:  # a kind of key that we do not know must not take the others with it
                keys.keys += KeySet.import_key_set({"keys": [one]}).keys
            except (JoseError, ValueError, TypeError, KeyError):
                continue
        self._keys = (time.monotonic(), keys)
        return keys

    async def _userinfo(self, about: Mapping[str, Any], access: object, subject: str) -> dict[str, Any]:
        """What the ID token left out. It must be about the same person (Core, 5.3.2)."""
        address = about.get("userinfo_endpoint")
        if not isinstance(access, str) or not is_sound(address):
            return {}
        headers = {"authorization": f"Bearer {access}"}
        found = await ask_well(self.provider.title, "GET", str(address), headers=headers)
        if not isinstance(found, dict) or found.get("sub") != subject:
            raise self._fails("userinfo is about somebody else")
        return {name: found[name] for name in ("email", "email_verified", "name") if name in found}

    def _claimed(self, claims: Mapping[str, Any]) -> Claimed:
        def word(name: str) -> str:
            value = claims.get(name)
            return value if isinstance(value, str) and "\0" not in value and len(value) <= 254 else ""

        email, subject = word("email"), str(claims["sub"])
        verified = email if claims.get("email_verified") in (True, "true") else ""
        label = email or word("preferred_username") or word("name") or subject
        return Claimed(self.issuer, subject, label[:254], email=verified, name=word("name"))
