"""A rule is one file: `@rule` on a pure `run(folder)` whose docstring says claim, why and fix, as in a check."""

import functools
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from backroad.verifier.check_file import read_docstring
from backroad.verifier.errors import VerifierError
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.sight import Sight

Run = Callable[[Folder], Sequence[Sight]]
AnyRun = TypeVar("AnyRun", bound=Run)
RULES = Path(__file__).parent / "rules"
AREA = "repository"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """Has the id, claim, why, fix and path of a Check, so that both are explained and listed alike."""

    id: str
    claim: str
    why: str
    fix: str
    run: Run
    path: Path


def rule(run: AnyRun) -> AnyRun:
    """Marks the one `run` of a rule file."""
    run.__backroad_rule__ = True  # type: ignore[attr-defined]
    return run


@functools.cache
def load_rules() -> tuple[Rule, ...]:
    """All rules, in the order of their names."""
    return tuple(load_rule(path) for path in sorted(RULES.glob("*.py")) if path.stem != "__init__")


def load_rule(path: Path) -> Rule:
    run = getattr(importlib.import_module(f"{__package__}.rules.{path.stem}"), "run", None)
    if run is None or not getattr(run, "__backroad_rule__", False):
        raise VerifierError(f"{path}: a rule file needs `def run(folder)` decorated with @rule.")
    claim, why, fix = read_docstring(path, run.__doc__)
    return Rule(id=f"{AREA}.{path.stem}", claim=claim, why=why, fix=fix, run=run, path=path)
