"""Hooks of the checks on roles."""

from collections.abc import Mapping

import msgspec

from backroad.verifier.answer import Answer
from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.exchange import Request
from backroad.verifier.wording import excerpt


def shown(answer: Answer) -> str:
    """The status, and of a refusal what it says."""
    return f"{answer.status} {excerpt(answer.text)}".strip() if answer.status >= 400 else str(answer.status)


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """Something that some roles may do. `request` carries no credentials."""

    name: str
    request: Request
    roles: frozenset[str]


class Roles(LabDriver):
    roles: tuple[str, ...] = ("user", "admin")
    privileged = "admin"  # the role that nobody may give to themselves

    async def person_as(self, role: str) -> Person:
        """Somebody with this role; somebody new, unless the contract has only one of them."""
        raise NotImplementedError

    def functions(self) -> list[Function]:
        """What not everybody may do. None of them changes anything: whoever may is told of an unknown id, or such."""
        raise NotImplementedError

    async def sign_up_as(self, role: str) -> Mapping[str, tuple[Answer, Person | None]]:
        """The ways in which a stranger may ask for a role -> the answer, and who they are if they were let in."""
        raise NotImplementedError

    async def set_role(self, person: Person, role: str) -> Answer:
        """Done by an admin."""
        raise NotImplementedError

    async def set_role_by(self, person: Person, role: str) -> None:
        """Every way in which somebody may try to give the role to themselves; the answers are not judged."""

    async def belongings(self) -> tuple[Person, list[Person], Mapping[str, Request]]:
        """Somebody, others of the same role, and what -> a request that only this somebody may send.

        Reading requests come first, one that deletes comes last.
        """
        raise NotImplementedError
