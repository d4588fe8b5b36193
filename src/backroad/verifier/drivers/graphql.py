"""Hooks of the checks on GraphQL."""

from collections.abc import Mapping
from typing import Any

from backroad.verifier.driver import LabDriver, Person


class GraphQL(LabDriver):
    graphql = "/graphql"
    graphql_depth = 8  # levels of fields that a query may have
    graphql_aliases = 20  # in one document
    graphql_size = 50  # the most that a list may be asked for
    graphql_batch = 0  # operations that may come in one body; 0: a list is refused

    introspection_off: Mapping[str, str] = {"INTROSPECTION": "off"}  # the setting that hides the schema

    def query_of_depth(self, depth: int) -> str:
        """A query that anybody may send, with this many levels of fields."""
        raise NotImplementedError

    def query_of_size(self, size: int | str) -> str:
        """A query that anybody may send, for a list of this many; a variable may stand for the number."""
        raise NotImplementedError

    def costly_query(self) -> str:
        """Few levels, no list beyond the bound, and yet more fields than the contract allows."""
        raise NotImplementedError

    def query_of_many(self, count: int) -> str:
        """A list of this many, the newest of what `create_for_query` created, with what is related; for anybody."""
        raise NotImplementedError

    async def create_for_query(self, count: int) -> None:
        """Things that `query_of_many` then lists, each related to something of its own."""
        raise NotImplementedError

    def odd_values(self) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        """What is odd -> a query and its variables: ids that are none, texts that no database takes."""
        raise NotImplementedError

    async def guarded(self) -> tuple[Person, str, Mapping[str, str], Mapping[str, Person | None]]:
        """Somebody who may read a text, the text, the queries that show it, and people who may not."""
        raise NotImplementedError

    async def mutation(self) -> tuple[Person, str, Mapping[str, Any]]:
        """A mutation and its variables, and who may do it once."""
        raise NotImplementedError

    async def mutated(self, person: Person) -> bool:
        """Whether that mutation was done."""
        raise NotImplementedError
