"""The report as JSON.

    {"lab", "title", "target", "command", "seed", "started_at", "seconds",
     "summary": {"passed", "failed", "unclear", "not_run"},
     "stages": [{"number", "title", "checks": [
         {"id", "claim", "verdict", "seconds", "proves": [...], "reason", "finding": null | {
             "sent", "expected", "got", "why", "fix", "again", "curl", "exchanges": [...], "log": [...],
             "server_log": [...]}}]}]}

`verdict` is one of "passed", "failed", "unclear", "not run". Fields may be added, none change their meaning.
"""

import msgspec

from backroad.verifier.errors import VerifierError
from backroad.verifier.report import Report


def to_json(report: Report) -> bytes:
    fields = {name: getattr(report, name) for name in Report.__struct_fields__ if name != "stages"}
    return msgspec.json.format(msgspec.json.encode({**fields, "summary": report.summary, "stages": report.stages}))


def from_json(data: bytes | str) -> Report:
    """A report that was written by to_json()."""
    try:
        return msgspec.json.decode(data, type=Report)
    except msgspec.MsgspecError as error:
        raise VerifierError(f"This is not a report of a run: {error}.") from None
