"""The JSON schema of the JSON report, made from the structs that it is written from.

python -m backroad.verifier.reports.schema > docs/report.schema.json
"""

import sys
from typing import Any

import msgspec

from backroad.verifier.report import Report, Summary

DIALECT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Report of a Backroad run"
SAID = {
    "Report": {
        "lab": "Slug of the lab.",
        "target": "Base URL of the server that was judged.",
        "command": "What started it, or its URL.",
        "seed": "Repeats the run: same seed, same verdicts.",
        "started_at": "ISO 8601, in UTC.",
        "seconds": "Duration of the run.",
        "summary": "How many checks have which verdict.",
    },
    "CheckReport": {
        "id": "Permanent.",
        "claim": "What is true of a good target, in one sentence.",
        "proves": "Skills.",
        "reason": "Why it is unclear or was not run; else empty.",
        "finding": "Why it failed; null for every other verdict.",
        "plots": "HTML figures of the loads that the check made.",
    },
    "Finding": {
        "sent": "The requests in words; for a rule of the repository, the files.",
        "got": "For a rule of the repository a line `path:line  what is there` for each place.",
        "again": "Command that repeats the check.",
        "curl": "Command that repeats the decisive request.",
        "exchanges": "At most the last 60 of the check; credentials are masked, bodies are cut at 4 KiB.",
        "log": "The check's own transcript.",
        "server_log": "Last lines that the target wrote during the check.",
    },
}


def schema() -> dict[str, Any]:
    """Fields may be added: a reader ignores those it does not know."""
    (report, summary), components = msgspec.json.schema_components((Report, Summary), ref_template="#/$defs/{name}")
    whole = components.pop("Report")
    whole["properties"]["summary"] = summary
    whole["required"] = [*whole["required"], "summary"]
    assert report == {"$ref": "#/$defs/Report"}
    for name, words in SAID.items():
        properties = (whole if name == "Report" else components[name])["properties"]
        for field, text in words.items():
            properties[field] = {"description": text, **properties[field]}
    return {"$schema": DIALECT, **whole, "title": TITLE, "$defs": dict(sorted(components.items()))}


def to_schema() -> str:
    return msgspec.json.format(msgspec.json.encode(schema())).decode() + "\n"


if __name__ == "__main__":
    sys.stdout.write(to_schema())
