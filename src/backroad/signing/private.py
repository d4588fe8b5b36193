"""Where the private half of a key is: in a setting; else, on a server, sealed in the database; else in a file of the
data folder that only its owner reads.
"""

import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from backroad.kit.errors import Problem
from backroad.kit.private_key import PrivateKey, read_key
from backroad.signing.model import Purpose

BITS = 3072
"""NIST SP 800-57: good beyond 2030, as a credential should be."""


class Keyring:
    """`given` holds the keys that settings bring; the others are made when they are first needed. With a `secret`, they
    lie sealed in the database, so that all processes have the same; see `actions.signing_key`."""

    def __init__(self, home: Path, given: Mapping[Purpose, str], secret: str = "") -> None:
        self._folder = home / "keys"
        self._given = given
        self.secret = secret

    def path(self, purpose: Purpose) -> Path:
        return self._folder / f"{purpose}.json"

    def given(self, purpose: Purpose) -> PrivateKey | None:
        text = self._given.get(purpose, "")
        try:
            return read_key(text) if text else None
        except ValueError as error:
            raise Problem(f"The {purpose} key of the settings is wrong; it must be {error}.", status=500) from None

    def filed(self, purpose: Purpose, *, renew: bool = False) -> PrivateKey:
        """The key in the data folder. Processes that share the folder agree on one."""
        path = self.path(purpose)
        try:
            if renew or not path.exists():
                self._make(purpose, replace=renew)
            return read_key(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            said = error.strerror if isinstance(error, OSError) else f"it must hold {error}"
            raise Problem(
                f"The {purpose} key in {path} cannot be used: {said}.", "Restore the file from a backup.", status=500
            ) from None

    def _make(self, purpose: Purpose, *, replace: bool) -> None:
        """Written whole beside its place first: a crash leaves no half key, and of two at once one wins."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._folder, prefix=f".{purpose}.")  # readable for its owner alone
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(new_key()))
                file.flush()
                os.fsync(file.fileno())
            if replace:
                Path(name).replace(self.path(purpose))
            else:
                with suppress(FileExistsError):
                    os.link(name, self.path(purpose))
        finally:
            Path(name).unlink(missing_ok=True)


def new_key() -> dict[str, Any]:
    """A private JWK."""
    from joserfc.jwk import RSAKey

    return dict(RSAKey.generate_key(BITS).as_dict(private=True))
