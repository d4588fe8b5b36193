"""The stand-ins of one run."""

import importlib
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any

from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.errors import VerifierError

HOMES: Mapping[str, str] = {
    "weather": "Weather",
    "completions": "Completions",
    "payments": "Payments",
    "identity": "Identity",
    "mail": "MailSink",
}


class Standins:
    """`missing` says of each one that could not be had why; the others are open."""

    def __init__(self, names: Iterable[str], *, seed: str = "") -> None:
        self.names = list(dict.fromkeys(names))
        for name in self.names:
            if name not in HOMES:
                raise VerifierError(f'There is no stand-in "{name}".', hint=f"There are {', '.join(HOMES)}.")
        self.missing: dict[str, Unavailable] = {}
        self._seed = seed
        self._open: dict[str, Any] = {}

    async def open(self) -> "Standins":
        try:
            for name in self.names:
                module = importlib.import_module(f"backroad.verifier.standins.{name}")
                try:
                    standin = getattr(module, HOMES[name])(seed=self._seed)
                except Unavailable as error:
                    self.missing[name] = error
                    continue
                self._open[name] = await standin.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def close(self) -> None:
        standins = list(self._open.values())
        self._open.clear()
        for standin in standins:
            await standin.close()

    async def __aenter__(self) -> "Standins":
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def get(self, name: str) -> Any:
        """One of them; raises Unavailable, with the reason, if it could not be had."""
        if name in self.missing:
            raise self.missing[name]
        if name not in self._open:
            raise Unavailable(f'The lab does not ask for "{name}".', hint="Add it to `standins` in lab.toml.")
        return self._open[name]

    def environment(self) -> dict[str, str]:
        """What the target is told."""
        told: dict[str, str] = {}
        for standin in self._open.values():
            told.update(standin.environment())
        return told

    def restore(self) -> None:
        """End all troubles; for the time between two checks."""
        for standin in self._open.values():
            standin.restore()
