"""Hooks of the checks on lists that can be filtered and sorted, and on numbers."""

from collections.abc import Mapping
from typing import Any

from backroad.verifier.driver import LabDriver, Person


class Lists(LabDriver):
    list_path: str  # path of the list
    sort = "sort"  # the query parameter; `-` before a field begins with the largest
    sorts: tuple[str, ...] = ()  # fields of an entry; no two entries are equal in the first
    filters: Mapping[str, tuple[Any, Any]] = {}  # query parameter and field -> two values that it may have
    bad_filters: Mapping[str, tuple[str, ...]] = {}  # query parameter -> values that it may not have
    hidden: tuple[str, ...] = ()  # columns that exist or may exist, and are nobody's business
    exact: Mapping[str, tuple[Any, ...]] = {}  # field of a thing -> numbers that are easily bent
    too_large: Mapping[str, tuple[Any, ...]] = {}  # the same, beyond the limits of the contract

    async def enter(self, person: Person, **fields: Any) -> dict[str, Any]:
        """Make one entry of the list; the entry as answered."""
        raise NotImplementedError
