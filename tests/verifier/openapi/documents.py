"""Documents to try things on."""

from pathlib import Path
from typing import Any

from backroad.verifier.openapi.document import Document
from backroad.verifier.openapi.load import load
from backroad.verifier.openapi.mistakes import checked

ROOT = Path(__file__).parents[3]
SHORTENER = ROOT / "labs" / "shortener" / "contract.yaml"
NOTES = ROOT / "tests" / "targets" / "notes-api"
JSON = "application/json"


def read(path: Path) -> Document:
    return checked(load(str(path)), str(path))


def body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {JSON: {"schema": schema}}}


def answer(schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"description": "An answer", **(body(schema) if schema else {})}


THING = {
    "type": "object",
    "required": ["name"],
    "properties": {"id": {"type": "string", "readOnly": True}, "name": {"type": "string"}},
}


def small(**more: Any) -> dict[str, Any]:
    """Things that can be made, listed and read."""
    listing = {"responses": {"200": answer({"type": "array", "items": THING})}}
    create = {"requestBody": body(THING), "responses": {"201": answer(THING)}}
    read_one = {"responses": {"200": answer(THING), "404": answer()}}
    where = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/things": {"get": listing, "post": create}, "/things/{id}": {"parameters": where, "get": read_one}},
        **more,
    }
