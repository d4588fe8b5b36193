"""What one GraphQL document may ask for. It is measured before anything of it is executed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

TOKENS, DEPTH, ALIASES, COST, FIRST = 1_000, 8, 20, 2_000, 50
LISTS = {"jobs", "postings", "applications", "resumes"}
DEFAULT_FIRST = 20


class Size(NamedTuple):
    depth: int = 0
    aliases: int = 0
    cost: int = 0

    def beside(self, other: "Size") -> "Size":
        return Size(max(self.depth, other.depth), self.aliases + other.aliases, self.cost + other.cost)


class Measure:
    """Of a valid document: its fragments have no cycles."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._values: dict[str, Any] = {}  # those of the operation that is measured
        self._operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, Size] = {}  # a fragment may be spread a thousand times, and is measured once

    def check(self) -> None:
        size = Size()
        for operation in self._operations:
            self._known.clear()
            self._values = {**_defaults(operation), **self._variables}
            size = size.beside(self._of(operation.selection_set))
        for what, most in (("depth", DEPTH), ("aliases", ALIASES), ("cost", COST)):
            got = getattr(size, what)
            if got > most:
                raise GraphQLError(f"The query has a {what} of {got}; {most} is the most.")

    def _of(self, selections: SelectionSetNode | None) -> Size:
        size = Size()
        for selection in selections.selections if selections else ():
            if isinstance(selection, FieldNode):
                size = size.beside(self._field(selection))
            elif isinstance(selection, InlineFragmentNode):
                size = size.beside(self._of(selection.selection_set))
            elif isinstance(selection, FragmentSpreadNode):
                size = size.beside(self._fragment(selection.name.value))
        return size

    def _fragment(self, name: str) -> Size:
        if name not in self._known:
            self._known[name] = self._of(self._fragments[name].selection_set)
        return self._known[name]

    def _field(self, field: FieldNode) -> Size:
        aliases = 1 if field.alias else 0
        name = field.name.value
        if name.startswith("__"):  # about the schema: nothing is loaded, and graphql-core bounds how deep it goes
            return Size(1, aliases, 1)
        inner = self._of(field.selection_set)
        times = self._first(field) if name in LISTS else 1
        return Size(1 + inner.depth, aliases + inner.aliases, 1 + times * inner.cost)

    def _first(self, field: FieldNode) -> int:
        for argument in field.arguments or ():
            if argument.name.value == "first":
                value = argument.value
                if isinstance(value, VariableNode):
                    return _within(self._values.get(value.name.value, DEFAULT_FIRST))
                return _within(int(value.value) if isinstance(value, IntValueNode) else None)
        return DEFAULT_FIRST


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """What variables are if the request does not say: a document can hide a large number there."""
    return {
        one.variable.name.value: int(one.default_value.value) if isinstance(one.default_value, IntValueNode) else None
        for one in operation.variable_definitions or ()
        if one.default_value is not None
    }


def _within(first: Any) -> int:
    if type(first) is not int or not 1 <= first <= FIRST:
        raise GraphQLError(f"first must be a whole number from 1 to {FIRST}.")
    return first
