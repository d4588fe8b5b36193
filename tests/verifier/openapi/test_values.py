"""Bodies that are made from a schema fit it."""

import itertools
import random
from typing import Any

import jsonschema_rs
import pytest

from backroad.verifier.openapi.mistakes import checked
from backroad.verifier.openapi.schemas import shape
from backroad.verifier.openapi.values import CannotMake, Maker
from tests.verifier.openapi.documents import small

SCHEMAS = {"Name": {"type": "string", "minLength": 3}, "Deep": {"$ref": "#/components/schemas/Name"}}
DOCUMENT = checked(small(components={"schemas": SCHEMAS}), "a")


def maker(seed: int = 1) -> Maker:
    numbers = itertools.count()
    return Maker(random.Random(seed), lambda: f"word{next(numbers)}")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "maxLength": 3},
        {"type": "string", "minLength": 60},
        {"type": "string", "pattern": "^[A-Z]{3}-[0-9]{4}$"},
        {"type": "string", "pattern": r"^\+?\d{6,12}$"},
        {"type": "string", "format": "email"},
        {"type": "string", "format": "uuid"},
        {"type": "string", "format": "date-time"},
        {"type": "string", "format": "uri"},
        {"type": "integer", "minimum": 10, "maximum": 12},
        {"type": "integer", "exclusiveMinimum": 5, "multipleOf": 4},
        {"type": "number", "maximum": -3},
        {"type": "boolean"},
        {"enum": ["a", "b"]},
        {"const": 7},
        {"type": "array", "minItems": 2, "items": {"type": "string"}},
        {"type": ["string", "null"]},
        {"anyOf": [{"type": "null"}, {"type": "integer"}]},
        {"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, {"required": ["b"]},
                   {"properties": {"b": {"type": "integer"}}}]},
    ],
)  # fmt: skip
def test_a_value_fits_its_schema(schema: dict[str, Any]) -> None:
    for seed in range(20):
        made = maker(seed).value(shape(DOCUMENT, schema), "field")
        assert jsonschema_rs.is_valid(schema, made), made


def test_the_same_seed_gives_the_same_value() -> None:
    wanted = shape(DOCUMENT, {"type": "string", "pattern": "^[a-z]{9}[0-9]$"})
    assert maker(7).value(wanted) == maker(7).value(wanted)


def test_a_reference_to_a_reference_is_followed() -> None:
    assert shape(DOCUMENT, {"$ref": "#/components/schemas/Deep"}).data["minLength"] == 3


def test_null_is_told_apart() -> None:
    assert shape(DOCUMENT, {"type": "string", "nullable": True}).nullable
    assert shape(DOCUMENT, {"oneOf": [{"type": "string"}, {"type": "null"}]}).nullable
    assert not shape(DOCUMENT, {"type": "string"}).nullable


def test_what_nothing_fits_is_told() -> None:
    with pytest.raises(CannotMake, match="no text was found"):
        maker().value(shape(DOCUMENT, {"type": "string", "pattern": "^(?=a)b$"}))


def test_a_schema_that_holds_itself_comes_to_an_end() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#/components/schemas/Tree"}}, "required": ["child"]}
    document = checked(small(components={"schemas": {"Tree": tree}}), "a")
    assert isinstance(maker().value(shape(document, tree)), dict)
