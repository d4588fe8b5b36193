"""The part of SARIF 2.1.0 that Backroad writes, closed: what the standard requires and restricts.

Sections of the standard: 3.13 log, 3.14 run, 3.19 tool component, 3.49 rule, 3.27 result, 3.11 message, 3.29 and 3.30
places, 3.20 invocation, 3.58 notification, 3.52 reference to a rule, 3.8 property bags.
"""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
BAG = {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}}}
LEVEL = {"enum": ["none", "note", "warning", "error"]}


def closed(required: str, **properties: Any) -> dict[str, Any]:
    """An object with these properties and no others."""
    return {
        "type": "object", "required": required.split(), "properties": properties, "additionalProperties": False,
    }  # fmt: skip


MESSAGE = closed("text", text=TEXT)  # of plain text
DESCRIPTOR = closed(
    "id",
    id=TEXT,
    shortDescription=MESSAGE,
    fullDescription=MESSAGE,
    help=MESSAGE,
    defaultConfiguration=closed("level", level=LEVEL),
    properties=BAG,
)
PLACE = closed(
    "artifactLocation region",
    artifactLocation=closed("uri", uri={"type": "string", "format": "uri-reference"}, uriBaseId=TEXT),
    region=closed("startLine", startLine={"type": "integer", "minimum": 1}),
)
RESULT = closed(
    "ruleId ruleIndex level message locations partialFingerprints",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations={"type": "array", "minItems": 1, "items": closed("physicalLocation", physicalLocation=PLACE)},
    partialFingerprints={"type": "object", "minProperties": 1, "additionalProperties": TEXT},
)
NOTIFICATION = closed(
    "message level",
    message=MESSAGE,
    level=LEVEL,
    associatedRule=closed("id index", id=TEXT, index={"type": "integer", "minimum": 0}),
)
INVOCATION = closed(
    "executionSuccessful",
    executionSuccessful={"type": "boolean"},
    toolExecutionNotifications={"type": "array", "items": NOTIFICATION},
)
DRIVER = closed(
    "name",
    name=TEXT,
    semanticVersion={"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
    rules={"type": "array", "uniqueItems": True, "items": DESCRIPTOR},
)
RUN = closed(
    "tool results",
    tool=closed("driver", driver=DRIVER),
    automationDetails=closed("id", id=TEXT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    invocations={"type": "array", "items": INVOCATION},
    results={"type": "array", "items": RESULT},
    properties=BAG,
)
LOG = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **closed(
        "version runs",
        **{"$schema": {"type": "string", "format": "uri"}},
        version={"const": "2.1.0"},
        runs={"type": "array", "minItems": 1, "items": RUN},
    ),
}
