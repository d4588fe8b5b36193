"""What is wrong with a document is told with its place; what is right is read whole."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from backroad.verifier import VerifierError
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.lab import infer
from backroad.verifier.openapi.load import load, parse
from backroad.verifier.openapi.mistakes import checked
from backroad.verifier.openapi.told import told
from tests.verifier.openapi.documents import NOTES, SHORTENER, read, small

pytestmark = pytest.mark.slow  # reads many documents


def without(path: str, **change: Any) -> dict[str, Any]:
    """A small document with something else at a place."""
    document: Any = json.loads(json.dumps(small()))
    node = document
    for part in path.split(" ")[:-1]:
        node = node[int(part) if isinstance(node, list) else part]
    node[path.split(" ")[-1]] = change["to"]
    return dict(document)


def to_schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "# must be an object"),
        ({"swagger": "2.0"}, "#/swagger says Swagger 2"),
        ({"info": {}}, "#/openapi is missing"),
        ({"openapi": 3.1}, '#/openapi must be a text such as "3.1.0"'),
        ({"openapi": "4.0.0"}, '#/openapi is "4.0.0"'),
        ({"openapi": "3.1.0"}, "#/paths is missing"),
        (without("paths", to={"things": {}}), "#/paths/things must start with a slash"),
        (without("paths /things", to=[]), "#/paths/~1things must be an object"),
        (without("paths /things get", to=7), "#/paths/~1things/get must be an object"),
        (without("paths /things get parameters", to={}), "#/paths/~1things/get/parameters must be a list"),
        (
            without("paths /things/{id} parameters 0 in", to="body"),
            "#/paths/~1things~1{id}/parameters/0/in must be one of",
        ),
        (without("paths /things get responses", to=[]), "#/paths/~1things/get/responses must be an object"),
        (
            without("paths /things get responses 200", to={"$ref": "#/components/responses/None"}),
            "#/paths/~1things/get/responses/200/$ref leads to #/components/responses/None, which is not there",
        ),
        (
            without("paths /things get responses 200", to={"$ref": "other.yaml#/a"}),
            "#/paths/~1things/get/responses/200/$ref leads to other.yaml#/a; bundle",
        ),
        (
            small(
                components={
                    "schemas": {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
                }
            ),
            "#/components/schemas/A/$ref leads in a circle",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(document: Any, said: str) -> None:
    with pytest.raises(VerifierError) as error:
        checked(document, "api.json")
    assert error.value.sentence.startswith(f"api.json: {said}")
    assert error.value.sentence.endswith(".")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"{", "api.json: not valid JSON: "),
        (b"\xff\xfe\x00", "api.json: not a text in UTF-8: "),
        (b"a: [1", "api.json: not valid YAML: "),
    ],
)
def test_what_cannot_be_read_is_told(text: bytes, said: str) -> None:
    with pytest.raises(VerifierError) as error:
        parse(text, "api.json")
    assert error.value.sentence.startswith(said)


@pytest.mark.parametrize("source", ["https://example.com/openapi.json", "http://203.0.113.9/openapi.json"])
def test_only_this_machine_is_asked(source: str) -> None:
    with pytest.raises(VerifierError, match="is not on this machine"):
        load(source)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(VerifierError, match="there is no such file"):
        load(str(tmp_path / "none.yaml"))


def test_yaml_means_json() -> None:
    found = parse(b"openapi: 3.1.0\ninfo: {version: 2026-01-02}\nresponses: {200: {}}", "a.yaml")
    assert found["info"]["version"] == "2026-01-02"


def test_operations_are_read_with_what_the_path_says() -> None:
    document = read(SHORTENER)
    change = document.operation("PATCH", "/links/abc?x=1")
    assert change is not None
    assert (change.name, change.parameter_names, change.open) == ("PATCH /links/{slug}", ["slug"], False)
    assert change.declared(412) == "412"
    assert change.declared(418) == ""
    batch = document.operation("POST", "/links/batch")
    assert batch is not None
    assert batch.path == "/links/batch", "an exact path comes before a template"


def test_the_path_of_the_server_belongs_to_every_path() -> None:
    document = checked(small(servers=[{"url": "https://api.example.com/v2/"}]), "a")
    assert document.operation("GET", "/v2/things") is not None


def test_3_0_is_read_too() -> None:
    assert read(NOTES / "openapi.json").title == "Notes"


def places(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [found for key, value in pairs for found in ((*at, key), *places(value, (*at, key)))]


ODD = (None, True, 7, "x", [], {}, [1], {"a": 1}, -1.5, {"$ref": "#/info"}, {"$ref": 5})


@pytest.mark.parametrize("seed", range(40))
def test_whatever_is_wrong_is_a_sentence(seed: int) -> None:
    chance = random.Random(seed)
    document = json.loads(json.dumps(load(str(SHORTENER if seed % 2 else NOTES / "openapi.json"))))
    place = chance.choice(places(document))
    node = document
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = chance.choice(ODD)
    assert sentence_of(document) in ("", "a: #")


def sentence_of(document: Any) -> str:
    """How the sentence begins that refuses it; empty if it is taken."""
    try:
        told(infer(checked(document, "a"), Hints()))
    except VerifierError as error:
        return error.sentence[:4]
    return ""
