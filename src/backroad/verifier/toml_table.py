"""Reads a TOML file strictly: every mistake is one sentence with the file, the key and, for a typo, the nearest key."""

import difflib
import tomllib
from pathlib import Path
from typing import Any

from backroad.verifier.errors import VerifierError


class Table:
    """One table of a file. Read its keys, then call `finish()`, which refuses those that nobody read."""

    def __init__(self, data: dict[str, Any], path: Path, prefix: str = "") -> None:
        self.path = path
        self._data = data
        self._prefix = prefix
        self._known: list[str] = []

    @classmethod
    def read(cls, path: Path) -> "Table":
        try:
            return cls(tomllib.loads(path.read_text(encoding="utf-8")), path)
        except FileNotFoundError:
            raise VerifierError(f"{path}: there is no such file.") from None
        except (OSError, UnicodeDecodeError) as error:
            raise VerifierError(f"{path}: cannot be read: {error}.") from None
        except tomllib.TOMLDecodeError as error:
            raise VerifierError(f"{path}: not valid TOML: {error}.") from None

    def error(self, key: str, problem: str, *, hint: str = "") -> VerifierError:
        return VerifierError(f"{self.path}: {self._prefix}{key} {problem}.", hint=hint)

    def has(self, key: str) -> bool:
        self._know(key)
        return key in self._data

    def keys(self) -> list[str]:
        """For tables whose keys are free."""
        self._known += self._data
        return list(self._data)

    def text(self, key: str, default: str | None = None) -> str:
        found = self._get(key, str, "a text in quotes", default)
        if isinstance(found, str) and not found.strip() and default is None:
            raise self.error(key, "is empty")
        return str(found)

    def number(self, key: str, default: float | None = None) -> float:
        found = self._get(key, (int, float), "a number", default)
        if isinstance(found, bool) or found < 0:
            raise self.error(key, "must be a number, zero or more")
        return float(found)

    def flag(self, key: str) -> bool:
        found = self._get(key, bool, "true or false", False)
        return bool(found)

    def values(self, key: str) -> dict[str, Any]:
        """A table whose keys and values are free; empty if it is not there."""
        found = self._get(key, dict, "a table", {})
        return dict(found)

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        found = self._get(key, (list, tuple), "a list of texts", default)
        if not all(isinstance(item, str) for item in found):
            raise self.error(key, "must be a list of texts")
        return tuple(found)

    def table(self, key: str, *, optional: bool = False) -> "Table":
        found = self._get(key, dict, "a table", {} if optional else None)
        return Table(found, self.path, f"{self._prefix}{key}.")

    def tables(self, key: str) -> list["Table"]:
        found = self._get(key, list, f"one or more [[{key}]]", [])
        if not all(isinstance(item, dict) for item in found):
            raise self.error(key, f"must be written as [[{key}]]")
        return [Table(item, self.path, f"{self._prefix}{key} {at}: ") for at, item in enumerate(found, 1)]

    def finish(self) -> None:
        for key in self._data:
            if key not in self._known:
                nearest = difflib.get_close_matches(key, self._known, 1, 0.5)
                hint = f"Did you mean {nearest[0]}?" if nearest else f"Known keys: {', '.join(sorted(self._known))}."
                raise self.error(key, "is not a known key", hint=hint)

    def _know(self, key: str) -> None:
        if key not in self._known:
            self._known.append(key)

    def _get(self, key: str, kind: Any, kind_name: str, default: Any) -> Any:
        self._know(key)
        if key not in self._data:
            if default is not None:
                return default
            # A typo explains a missing key better than its absence does.
            unread = [name for name in self._data if name not in self._known]
            near = difflib.get_close_matches(key, unread, 1, 0.6)
            hint = f"There is a key {near[0]}; did you mean {key}?" if near else ""
            raise self.error(key, "is missing", hint=hint)
        found = self._data[key]
        if not isinstance(found, kind):
            raise self.error(key, f"must be {kind_name}, not {type_name(found)}")
        return found


def type_name(thing: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(thing), type(thing).__name__)
