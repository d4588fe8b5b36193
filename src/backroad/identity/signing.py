"""The keys that sign our own JWTs: made when the first is needed, replaced by time, kept sealed in the database, so
that all processes have the same."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec
from joserfc.jwk import ECKey
from sqlalchemy import Connection

from backroad.identity import grant_store
from backroad.identity.grants import ACCESS_LIFE
from backroad.identity.sealing import seal, unseal

ALGORITHM = "ES256"
ROTATION = timedelta(days=90)
LAST_USE = ACCESS_LIFE + timedelta(minutes=5)
"""So long after a key was replaced, the last JWT that it signed is over; clocks of processes may differ a little."""
FRESH = 60.0
"""Seconds for which a process trusts what it read of the keys: a key that is taken out of the table is dead then."""
_PURPOSE = "signing key"


class Private(msgspec.Struct, frozen=True):
    """What is sealed: a private JWK."""

    jwk: dict[str, str]


class SigningKeys:
    def __init__(self, secret: str) -> None:
        self._secret = secret
        self._lock = threading.Lock()
        self._known: dict[str, tuple[float, ECKey]] = {}

    def current(self, tx: Connection, now: datetime) -> ECKey:
        """The private key to sign with; a new one where there is none, or it is old, or the server's secret key has
        changed since."""
        kept = grant_store.signing_keys(tx)
        if kept and now - kept[0][1] < ROTATION:
            opened = unseal(self._secret, _PURPOSE, kept[0][3], Private, now=now)
            if opened is not None:
                return ECKey.import_key(cast(dict[str, Any], opened.jwk))
        return self.rotate(tx, now)

    def rotate(self, tx: Connection, now: datetime) -> ECKey:
        """A new key to sign with from now on. Those before it verify until their last JWT is over."""
        older = [made_at for _, made_at, _, _ in grant_store.signing_keys(tx)]
        if older and now - older[0] >= LAST_USE:  # the newest of them stays; others were replaced long ago
            grant_store.remove_signing_keys(tx, made_before=older[0])
        key = ECKey.generate_key("P-256", auto_kid=True)
        assert key.kid is not None
        private = Private(cast(dict[str, str], key.as_dict(private=True)))
        public = {**cast(dict[str, Any], key.as_dict(private=False)), "use": "sig", "alg": ALGORITHM}
        grant_store.add_signing_key(tx, key.kid, now, public, seal(self._secret, _PURPOSE, private, now))
        return key

    def public(self, tx: Connection) -> dict[str, Any]:
        """A JWK Set (RFC 7517)."""
        return {"keys": [public for _, _, public, _ in grant_store.signing_keys(tx)]}

    def by_kid(self, tx: Connection, kid: str) -> ECKey | None:
        """The public key of that name."""
        with self._lock:
            seen, key = self._known.get(kid, (0.0, None))
            if key is not None and time.monotonic() - seen < FRESH:
                return key
        for known, _, public, _ in grant_store.signing_keys(tx):
            if known == kid:
                key = ECKey.import_key(public)
                with self._lock:
                    self._known = {**self._known, kid: (time.monotonic(), key)}
                return key
        with self._lock:
            self._known = {name: entry for name, entry in self._known.items() if name != kid}
        return None
