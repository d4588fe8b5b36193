"""A check is one file: `@check` on an async `run(bench)` whose docstring says claim, why and fix."""

import hashlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import msgspec

from backroad.verifier.bench import Bench
from backroad.verifier.errors import VerifierError

Run = Callable[[Bench], Awaitable[None]]
AnyRun = TypeVar("AnyRun", bound=Run)


class Options(msgspec.Struct, frozen=True):
    needs: tuple[str, ...]
    seconds: float
    control: bool
    assumes: tuple[str, ...]


class Check(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    claim: str
    why: str
    fix: str
    needs: tuple[str, ...]
    seconds: float  # time budget
    control: bool  # needs to start and stop the target
    assumes: tuple[str, ...] = ()  # what an OpenAPI document must say for it, see openapi/facts.py; a lab says it all
    run: Run
    path: Path


def check(
    *, needs: tuple[str, ...] = (), seconds: float = 5, control: bool = False, assumes: tuple[str, ...] = ()
) -> Callable[[AnyRun], AnyRun]:
    """Marks the one `run` of a check file."""
    options = Options(
        needs=(needs,) if isinstance(needs, str) else tuple(needs), seconds=seconds, control=control, assumes=assumes
    )

    def mark(run: AnyRun) -> AnyRun:
        run.__backroad_check__ = options  # type: ignore[attr-defined]
        return run

    return mark


def load_check(check_id: str, path: Path) -> Check:
    module = load_module(path, "check")
    run = getattr(module, "run", None)
    options = getattr(run, "__backroad_check__", None)
    if not inspect.iscoroutinefunction(run) or not isinstance(options, Options):
        raise VerifierError(f"{path}: a check file needs `async def run(bench)` decorated with @check().")
    claim, why, fix = read_docstring(path, run.__doc__)
    return Check(
        id=check_id, claim=claim, why=why, fix=fix, run=run, path=path,
        needs=options.needs, seconds=options.seconds, control=options.control, assumes=options.assumes,
    )  # fmt: skip


def read_docstring(path: Path, docstring: str | None) -> tuple[str, str, str]:
    """Claim, why and fix: the first paragraph, those between, and the ones from "Fix:" on."""
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", inspect.cleandoc(docstring or ""))]
    fix_at = next((at for at, text in enumerate(paragraphs) if text.startswith("Fix:")), None)
    if not paragraphs[0] or fix_at == 0:
        raise VerifierError(f"{path}: the docstring of run has no claim as its first paragraph.")
    if fix_at is None:
        raise VerifierError(f"{path}: the docstring of run has no paragraph that starts with 'Fix:'.")
    if fix_at == 1:
        raise VerifierError(f"{path}: the docstring of run does not say why it matters, between claim and 'Fix:'.")
    fix = "\n\n".join(paragraphs[fix_at:]).removeprefix("Fix:").strip()
    return paragraphs[0], "\n\n".join(paragraphs[1:fix_at]), fix


def load_module(path: Path, kind: str) -> ModuleType:
    """Import one file under a name that no other file has."""
    name = f"backroad_{kind}_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if not path.is_file():
        raise VerifierError(f"{path}: there is no such file.")
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise VerifierError(f"{path}: not a Python file.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except VerifierError:
        raise
    except Exception as error:
        del sys.modules[name]
        raise VerifierError(f"{path}: cannot be imported: {type(error).__name__}: {error}.") from error
    return module


def load_driver(path: Path) -> Callable[[Bench], Any]:
    """The class `Driver` of a lab's driver.py."""
    driver = getattr(load_module(path, "driver"), "Driver", None)
    if not inspect.isclass(driver):
        raise VerifierError(f"{path}: a driver file needs a class Driver that takes the bench.")
    return driver
