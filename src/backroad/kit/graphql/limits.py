"""How much one operation may ask for, and who may. Everything is judged before anything is executed.

The cost of an operation is how many times code of ours would run: each field with a resolver counts one, times the
lengths of the lists around it. A list has as many items as its `first` says, or as its field's `size` says. Fragments
are judged once each, so that a document that doubles them a hundred times is no work.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    StringValueNode,
    Visitor,
    get_named_type,
    is_composite_type,
    is_wrapping_type,
    validate,
    value_from_ast,
    visit,
)
from strawberry.extensions import SchemaExtension

from backroad.kit.errors import NUL, Problem
from backroad.kit.graphql.context import MOST_ITEMS, Check

MOST_TOKENS = 1_000
MOST_DEPTH = 10
MOST_ALIASES = 20
MOST_COST = 5_000
SIZE = 10
"""Items of a list of which nothing else is known."""
Measure = tuple[int, int]
"""(cost, depth) for one parent."""


class Bounded(SchemaExtension):
    """Strawberry's extension: a fresh context for each operation, and a judgement of the document."""

    def on_operation(self) -> Iterator[None]:
        self.execution_context.context = self.execution_context.context.afresh()
        self.execution_context.parse_options["max_tokens"] = MOST_TOKENS
        yield

    def on_validate(self) -> Iterator[None]:
        context = self.execution_context
        document = context.graphql_document
        assert document is not None
        schema: GraphQLSchema = context.schema._schema
        errors = validate(schema, document, context.validation_rules)
        if not errors:
            variables = context.variables or {}
            errors = judge(schema, document, context.operation_name, variables, context.context.check)
        context.pre_execution_errors = errors
        yield


def _refusal(code: str, said: str) -> GraphQLError:
    return GraphQLError(said, extensions={"code": code})


def judge(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation_name: str | None,
    variables: Mapping[str, Any],
    check: Check,
) -> list[GraphQLError]:
    """What a valid document asks too much, or of what is not for who asks; empty if nothing."""
    aliases = _Aliases()
    visit(document, aliases)
    if aliases.nul or _holds_nul(variables):
        return [_refusal("BAD_INPUT", NUL)]
    if aliases.count > MOST_ALIASES:
        return [_refusal("TOO_MANY_ALIASES", f"There are {aliases.count} aliases; at most {MOST_ALIASES} are allowed.")]
    measuring = _Measuring(schema, document, variables)
    cost, depth = measuring.operation(operation_name)
    if depth > MOST_DEPTH:
        return [_refusal("TOO_DEEP", f"The operation is {depth} levels deep; at most {MOST_DEPTH} are allowed.")]
    if cost > MOST_COST:
        said = f"The operation costs {cost:,}; at most {MOST_COST:,} is allowed. Ask for fewer items in a page."
        return [_refusal("TOO_COSTLY", said)]
    try:
        for metadata, scope in measuring.asked:
            check(metadata, scope)
    except Problem as problem:
        return [GraphQLError(problem.sentence, original_error=problem)]
    return []


def _holds_nul(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_nul(key) or _holds_nul(one) for key, one in value.items())
    return "\0" in value if isinstance(value, str) else isinstance(value, list) and any(map(_holds_nul, value))


class _Aliases(Visitor):
    count = 0
    nul = False

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        self.nul = self.nul or "\0" in node.value

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self.count += node.alias is not None


class _Measuring:
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.schema = schema
        self.variables = variables
        self.operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
        self.fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self.asked: list[tuple[Mapping[str, Any], str]] = []
        """Of each field, its metadata and the scope that it needs if they name none."""
        self._known: dict[str, Measure] = {}

    def operation(self, name: str | None) -> Measure:
        chosen = [one for one in self.operations if name is None or (one.name and one.name.value == name)]
        if not chosen:
            return 0, 0
        variables = {one.variable.name.value: one for one in chosen[0].variable_definitions or ()}
        defaults = {
            name: value_from_ast(one.default_value, get_named_type(self.schema.type_map[_named(one.type)]))  # type: ignore[arg-type]
            for name, one in variables.items()
            if one.default_value is not None
        }
        self.variables = {**defaults, **self.variables}
        root = self.schema.get_root_type(chosen[0].operation)
        return self._selections(chosen[0].selection_set, root) if root else (0, 0)

    def _selections(self, selected: SelectionSetNode, parent: GraphQLCompositeType) -> Measure:
        cost = depth = 0
        for one in selected.selections:
            if isinstance(one, FieldNode):
                more, below = self._field(one, parent)
            elif isinstance(one, FragmentSpreadNode):
                more, below = self._fragment(one.name.value)
            elif isinstance(one, InlineFragmentNode):
                named = self.schema.get_type(one.type_condition.name.value) if one.type_condition else parent
                more, below = self._selections(one.selection_set, named) if is_composite_type(named) else (0, 0)
            else:
                continue
            cost, depth = cost + more, max(depth, below)
        return cost, depth

    def _fragment(self, name: str) -> Measure:
        if name not in self._known:
            fragment = self.fragments[name]
            on = self.schema.get_type(fragment.type_condition.name.value)
            self._known[name] = self._selections(fragment.selection_set, on) if is_composite_type(on) else (0, 0)
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLCompositeType) -> Measure:
        """Introspection costs nothing: graphql-core bounds how deep it goes."""
        name = node.name.value
        if name.startswith("__") or not isinstance(parent, GraphQLObjectType):
            return 0, 0
        field = parent.fields[name]
        self.asked.append((_metadata(field), "write" if parent is self.schema.mutation_type else "read"))
        own = _own_cost(field)
        below = get_named_type(field.type)
        if node.selection_set is None or not is_composite_type(below):
            return own, 1
        cost, depth = self._selections(node.selection_set, below)
        return own + self._items(node, field) * cost, depth + 1

    def _items(self, node: FieldNode, field: GraphQLField) -> int:
        if "first" in field.args:
            given = next((one.value for one in node.arguments or () if one.name.value == "first"), None)
            argument = field.args["first"]
            value = (
                argument.default_value if given is None else value_from_ast(given, argument.type, dict(self.variables))
            )
            return min(max(1, value), MOST_ITEMS) if isinstance(value, int) else MOST_ITEMS
        return int(_metadata(field).get("size", SIZE)) if _is_list(field.type) else 1


def _named(type_node: Any) -> str:
    while hasattr(type_node, "type"):
        type_node = type_node.type
    return str(type_node.name.value)


def _metadata(field: GraphQLField) -> Mapping[str, Any]:
    return getattr((field.extensions or {}).get("strawberry-definition"), "metadata", None) or {}


def _own_cost(field: GraphQLField) -> int:
    """One for a field that runs code of ours, or what its metadata say."""
    resolver = getattr((field.extensions or {}).get("strawberry-definition"), "base_resolver", None)
    return int(_metadata(field).get("cost", 1 if resolver else 0))


def _is_list(kind: GraphQLOutputType) -> bool:
    while is_wrapping_type(kind):
        if isinstance(kind, GraphQLList):
            return True
        kind = kind.of_type
    return False
