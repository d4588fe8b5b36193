"""Sends a backend real requests, races and faults, and says what it found.

Everything is imported on first use, so that `import backroad.verifier` costs next to nothing.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backroad.verifier import expect
    from backroad.verifier.answer import Answer, LostAnswer, NoAnswer
    from backroad.verifier.bench import Bench
    from backroad.verifier.check_file import Check, check, load_check
    from backroad.verifier.client import Client
    from backroad.verifier.config import Config, Server, read_config, url_config
    from backroad.verifier.errors import StartFailed, VerifierError
    from backroad.verifier.events import Event, decode_event, encode_event
    from backroad.verifier.exchange import Exchange, Headers, Request
    from backroad.verifier.flaky import FlakyReport, run_flaky
    from backroad.verifier.flaws import FlawReport, run_flaws
    from backroad.verifier.lab import Flaw, Lab, LabCheck, Stage, load_lab
    from backroad.verifier.report import CheckReport, Report, StageReport, Summary
    from backroad.verifier.run import prove, prove_reference, run_lab, run_reference
    from backroad.verifier.target import StopResult, Target
    from backroad.verifier.verdict import Failed, Finding, Unclear, Verdict

_HOME = {
    "answer": ("Answer", "LostAnswer", "NoAnswer"),
    "bench": ("Bench",),
    "check_file": ("Check", "check", "load_check"),
    "client": ("Client",),
    "config": ("Config", "Server", "read_config", "url_config"),
    "errors": ("StartFailed", "VerifierError"),
    "events": ("Event", "decode_event", "encode_event"),
    "exchange": ("Exchange", "Headers", "Request"),
    "flaky": ("FlakyReport", "run_flaky"),
    "flaws": ("FlawReport", "run_flaws"),
    "lab": ("Flaw", "Lab", "LabCheck", "Stage", "load_lab"),
    "report": ("CheckReport", "Report", "StageReport", "Summary"),
    "run": ("prove", "prove_reference", "run_lab", "run_reference"),
    "target": ("StopResult", "Target"),
    "verdict": ("Failed", "Finding", "Unclear", "Verdict"),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Answer", "Bench", "Check", "CheckReport", "Client", "Config", "Event", "Exchange", "Failed", "Finding",
    "FlakyReport", "Flaw", "FlawReport", "Headers", "Lab", "LabCheck", "LostAnswer", "NoAnswer", "Report", "Request",
    "Server", "Stage", "StageReport", "StartFailed", "StopResult", "Summary", "Target", "Unclear", "Verdict",
    "VerifierError", "check", "decode_event", "encode_event", "expect", "load_check", "load_lab", "prove",
    "prove_reference", "read_config", "run_flaky", "run_flaws", "run_lab", "run_reference", "url_config",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "expect":
        return importlib.import_module("backroad.verifier.expect")
    module = _MODULE_OF.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"backroad.verifier.{module}"), name)
