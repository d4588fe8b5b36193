"""A run of the verifier on somebody's target, as it is kept."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from backroad.verifier.report import Summary

RunState = Literal["running", "finished", "broken"]
"""`broken`: the verifier could not judge; `said` tells why."""


class Run(msgspec.Struct, frozen=True):
    id: str
    learner: str
    lab: str
    folder: str
    seed: str
    state: RunState
    started_at: datetime
    ended_at: datetime | None = None
    said: str = ""
    whole: bool = True
    """False when only some checks were asked for."""
    report: dict[str, Any] | None = None
    """The JSON report of a finished run (docs/report.md)."""

    @property
    def summary(self) -> dict[str, int]:
        """Checks by verdict, all of them, whatever an imported report has; zeros before the report."""
        counts = self.report["summary"] if self.report else {}
        return {name: counts.get(name, 0) for name in Summary.__struct_fields__}


class RunEvent(msgspec.Struct, frozen=True):
    number: int
    """1, 2, 3 … within the run."""
    event: dict[str, Any]


class LabStart(msgspec.Struct, frozen=True):
    """That a learner took up a lab, and in which folder."""

    learner: str
    lab: str
    folder: str
    language: str
    at: datetime
