"""Hooks of the checks that make the target's database slow, wrong or absent."""

from typing import Any

from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.exchange import Request


class OnDatabase(LabDriver):
    database = "postgres"
    answers_within = 10.0  # seconds within which a request is answered whatever the database does
    recovers_within = 5.0  # seconds within which the target works again once the database does

    def whole(self, person: Person) -> tuple[Request, str]:
        """A request that writes several rows, all or none, and the name under which `left` finds them."""
        raise NotImplementedError

    async def left(self, person: Person, name: str) -> tuple[int, int]:
        """How many rows of such a request are there, and how many it was to make; asks only the target."""
        raise NotImplementedError

    async def tangle(self, person: Person, count: int) -> list[Request]:
        """Requests that change the same rows, each in another order."""
        raise NotImplementedError

    def rows_of(self, answer: Any) -> int:
        """How many entries a page has."""
        return len(answer.json()[self.collection.items])
