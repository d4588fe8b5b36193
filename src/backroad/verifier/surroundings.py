"""What a target has around it during a run: the dependencies and stand-ins that its lab asks for."""

from collections.abc import Mapping
from typing import Any

from backroad.verifier.dependencies.opened import Dependencies
from backroad.verifier.dependencies.proxy import Proxy
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.lab import Lab
from backroad.verifier.standins.opened import Standins
from backroad.verifier.target import Target

NOT_OURS = "needs to put a {what} of its own behind the target, which was given as a URL"


class Surroundings:
    """Opened before the target, which is told of them by its environment; closed after it."""

    def __init__(self, lab: Lab, target: Target, *, seed: str, environ: Mapping[str, str] | None = None) -> None:
        self.ours = target.controllable  # a target that runs already has surroundings of its own
        self.dependencies = Dependencies(lab.dependencies if self.ours else (), seed=seed, environ=environ)
        self.standins = Standins(lab.standins if self.ours else (), seed=seed)
        self._lab = lab
        self._target = target

    async def open(self) -> "Surroundings":
        try:
            await self.dependencies.open()
            await self.standins.open()
            webhook = self._lab.webhooks.get("payments")
            if webhook is not None and "payments" in self.standins.names and self.ours:
                self.standins.get("payments").webhooks.url = self._target.base_url + webhook
        except BaseException:
            await self.close()
            raise
        self._target.surround(self.environment())
        return self

    def environment(self) -> Mapping[str, str]:
        """What the target is told."""
        return {**self.dependencies.environment(), **self.standins.environment()}

    def dependency(self, name: str) -> Proxy:
        """The proxy before a real server; raises Unavailable where there is none."""
        if not self.ours:
            raise Unavailable(NOT_OURS.format(what=name))
        return self.dependencies.get(name)

    def standin(self, name: str) -> Any:
        if not self.ours:
            raise Unavailable(NOT_OURS.format(what=f"stand-in for {name}"))
        return self.standins.get(name)

    def empty_database(self) -> Mapping[str, str]:
        """Variables that lead to a further database without a table; it is dropped after the run."""
        self.dependency("postgres")
        return self.dependencies.empty_database()

    def restore(self) -> None:
        """End all faults and troubles; for the time between two checks."""
        self.dependencies.restore()
        self.standins.restore()

    async def close(self) -> None:
        try:
            await self.standins.close()
        finally:
            await self.dependencies.close()
