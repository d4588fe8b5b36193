"""Calls to platforms: their keys, a token for their services, a grade. Bounded in time and size, never redirected."""

import ssl
import threading
import time
from typing import Any

import msgspec

from backroad.kit.errors import Problem
from backroad.lti.model import Platform
from backroad.lti.platforms import checked_url

SECONDS = 10.0
MOST_BYTES = 256 << 10
KEPT = 600.0
"""Seconds for which keys are used again."""
ASK_AGAIN = 30.0
"""Seconds after which an unknown key is worth asking for again."""
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"


class Unreachable(Problem):
    def __init__(self, platform: Platform, what: str) -> None:
        super().__init__(f"{platform.title} {what}.", "Try again in a moment.", status=502)


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes

    def json(self) -> Any:
        """None for what is no JSON."""
        try:
            return msgspec.json.decode(self.body)
        except msgspec.DecodeError:
            return None


class Calls:
    """One for a process: it remembers keys and tokens."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._keys: dict[str, tuple[float, dict[str, dict[str, Any]]]] = {}
        self._tokens: dict[str, tuple[float, str]] = {}

    def key(self, platform: Platform, kid: str) -> dict[str, Any] | None:
        """The platform's public key of that id; fetched again when it is new, and not more often than that."""
        with self._lock:
            at, keys = self._keys.get(platform.jwks_url, (0.0, {}))
        age = time.monotonic() - at
        if not at or age > KEPT or (kid not in keys and age > ASK_AGAIN):
            keys = self._fetched_keys(platform)
            with self._lock:
                self._keys[platform.jwks_url] = (time.monotonic(), keys)
        return keys.get(kid)

    def _fetched_keys(self, platform: Platform) -> dict[str, dict[str, Any]]:
        found = self.send(platform, "GET", platform.jwks_url).json()
        listed = found.get("keys") if isinstance(found, dict) else None
        if not isinstance(listed, list):
            raise Unreachable(platform, "publishes no keys at the address that is registered")
        return {
            str(key["kid"]): key
            for key in listed[:100]
            if isinstance(key, dict) and "kid" in key and key.get("kty") in ("RSA", "EC")
        }

    def token(self, platform: Platform, assertion: str, scope: str) -> str:
        """For the platform's services (1EdTech Security Framework 1.0, section 4.1)."""
        name = f"{platform.id} {scope}"
        with self._lock:
            until, known = self._tokens.get(name, (0.0, ""))
        if time.monotonic() < until:
            return known
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
            "scope": scope,
        }
        found = self.send(platform, "POST", platform.token_url, form=form).json()
        token = found.get("access_token") if isinstance(found, dict) else None
        if not isinstance(token, str) or not token.isprintable():
            raise Unreachable(platform, "gives no token for its grade service")
        life = found.get("expires_in", 0)
        seconds = min(3600.0, float(life)) if isinstance(life, int | float) else 0.0
        with self._lock:
            self._tokens[name] = (time.monotonic() + seconds - 60, token)
        return token

    def forget_token(self, platform: Platform, scope: str) -> None:
        with self._lock:
            self._tokens.pop(f"{platform.id} {scope}", None)

    def send(
        self,
        platform: Platform,
        method: str,
        url: str,
        *,
        form: dict[str, str] | None = None,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        passes: tuple[int, ...] = (),
    ) -> Answer:
        """Raises Unreachable for anything but a 2xx, or a status in `passes`."""
        import httpx2

        url = checked_url(url, "An address of the platform")
        verify: Any = True if url.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        read = b""
        until = time.monotonic() + SECONDS
        try:
            with (
                httpx2.Client(timeout=SECONDS, verify=verify, follow_redirects=False) as client,
                client.stream(method, url, data=form, content=body, headers=headers) as answer,
            ):
                for piece in answer.iter_bytes(16 << 10):
                    read += piece
                    if len(read) > MOST_BYTES or time.monotonic() > until:
                        raise Unreachable(platform, "answers too much, or too slowly")
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unreachable(platform, f"does not answer ({type(error).__name__})") from None
        if not 200 <= answer.status_code < 300 and answer.status_code not in passes:
            raise Unreachable(platform, f"answers {answer.status_code} to {method} {url[:200]}")
        return Answer(answer.status_code, read)
