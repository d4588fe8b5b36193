"""Rules over a learner's folder. They read files and run nothing.

One file of `rules/` is one claim, with the id `repository.<name>`. `run_repository(folder)` judges them all.
Everything is imported on first use.
"""

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from backroad.verifier.repository.folder import Folder
    from backroad.verifier.repository.judge import run_repository
    from backroad.verifier.repository.rule_file import Rule, load_rules, rule
    from backroad.verifier.repository.sight import Absent, Sight, absent

_HOME = {
    "Absent": "sight",
    "Folder": "folder",
    "Rule": "rule_file",
    "Sight": "sight",
    "absent": "sight",
    "load_rules": "rule_file",
    "rule": "rule_file",
    "run_repository": "judge",
}

__all__ = ["Absent", "Folder", "Rule", "Sight", "absent", "load_rules", "rule", "run_repository"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOME[name]}"), name)
