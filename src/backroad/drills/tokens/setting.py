"""What a verifier works with in a drill: its rules, the time, the keys, and a small world around it."""

from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backroad.drills.tokens.compact import Token


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a verifier insists on. `key` names the one it takes, or `keys` one for each `kid`; `claims` must have these
    values, `require` must be there; `leeway` is in seconds. `exp` must always be there."""

    alg: str
    key: str = ""
    keys: dict[str, str] = {}
    iss: str = ""
    aud: str = ""
    typ: str = ""
    leeway: int = 0
    claims: dict[str, str | int | bool] = {}
    require: tuple[str, ...] = ()

    def said(self, shown: Collection[str], denied: Collection[str] = ()) -> str:
        """A line each; of keys that are not `shown`, not even the name."""

        def named(name: str) -> str:
            return name if name in shown else "one that you do not have"

        kids = [f"{kid} is {named(name)}" for kid, name in self.keys.items()]
        parts = [f"alg {self.alg}", *([f"by kid: {', '.join(kids)}"] if kids else [f"key: {named(self.key)}"])]
        for name, value in (("iss", self.iss), ("aud", self.aud), *self.claims.items(), ("typ", self.typ)):
            parts += [f"{name} {value}"] if value else []
        parts += [*(f"{name} is there" for name in self.require), f"leeway {self.leeway} s"]
        parts += [f"token {name} is on its deny list" for name in denied]
        return "\n".join(f"  {part}" for part in parts)


class Setting(msgspec.Struct, frozen=True, kw_only=True):
    """`now` is in seconds since 1970. `keys` hold the texts of all keys by name; `files` those that a path leads to."""

    now: int
    rules: Rules
    keys: Mapping[str, str]
    files: Mapping[str, str] = {}
    hosts: Mapping[str, str] = {}
    """Host -> name of the public key that it serves, under any path and on any host below it."""
    denied: tuple[Token, ...] = ()

    @property
    def key(self) -> str:
        return self.keys[self.rules.key]

    def fetch(self, url: str) -> str | None:
        """The key that an address would serve; nothing is fetched."""
        try:
            host = urlsplit(url).hostname or ""
        except ValueError:
            return None
        return next((self.keys[name] for own, name in self.hosts.items() if f".{host}".endswith(f".{own}")), None)

    def denied_ids(self) -> tuple[Any, ...]:
        return tuple(token.claims.get("jti") for token in self.denied)
