"""What a foreign API's own document promises, while `backroad prove --openapi` judges it.

The shared checks speak the words of our contracts: 201 with a Location, 422, problem documents. A lab's contract says
all of that. A foreign document says it in its own way or not at all; then `expect` asks here what counts as the same.
"""

from contextvars import ContextVar
from typing import Protocol

from backroad.verifier.answer import Answer, NoAnswer


class Unpromised(Exception):
    """The check asks for something that the document does not promise: it is not run, and nobody has failed."""


class Promises(Protocol):
    def statuses(self, answer: Answer | NoAnswer, wanted: tuple[int, ...]) -> tuple[int, ...]:
        """The statuses that mean the same here; raises Unpromised where there are none."""

    def problems(self, answer: Answer | NoAnswer) -> bool:
        """This error is promised to be a problem document."""

    def instead_of_header(self, answer: Answer, name: str) -> str | None:
        """What to go on with where a header that nobody promised is missing; None: it was promised."""


in_force: ContextVar[Promises | None] = ContextVar("promises", default=None)
