"""labs/<slug>/lab.toml -> Lab: stages, their checks, what each proves."""

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from backroad.verifier.bench import Bench
from backroad.verifier.check_file import Check, load_check, load_driver
from backroad.verifier.config import Config, Server, read_commands, read_parts
from backroad.verifier.errors import VerifierError
from backroad.verifier.toml_table import Table

SHARED_CHECKS = Path(__file__).parent / "checks"


class LabCheck(msgspec.Struct, frozen=True):
    check: Check
    proves: tuple[str, ...]
    stage: int

    @property
    def id(self) -> str:
        return self.check.id


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    number: int
    title: str
    minutes: float
    about: str
    checks: tuple[LabCheck, ...]


class Flaw(msgspec.Struct, frozen=True):
    name: str
    path: Path


class Lab(msgspec.Struct, frozen=True, kw_only=True):
    slug: str
    title: str
    summary: str
    level: str
    minutes: float
    requires: tuple[str, ...]
    reference: Server
    app: str = ""  # the lab whose contract the target honours, for a lab that takes any finished backend
    dependencies: tuple[str, ...] = ()  # real servers that a run puts behind the target
    standins: tuple[str, ...] = ()
    webhooks: Mapping[str, str] = {}  # stand-in -> path of the target where it sends its webhooks
    stages: tuple[Stage, ...]
    folder: Path
    make_driver: Callable[[Bench], Any] | None

    def checks(self) -> list[LabCheck]:
        return [check for stage in self.stages for check in stage.checks]

    def flaws(self) -> list[Flaw]:
        """Sorted by name."""
        return [Flaw(path.stem, path) for path in sorted((self.folder / "flaws").glob("*.toml"))]

    def reference_config(self, folder: Path | None = None) -> Config:
        """For a copy of the reference in `folder`, else for the original."""
        where = folder or self.folder / "reference"
        return Config(folder=where, server=self.reference, lab=self.slug, app=self.app)


def load_lab(folder: Path, app: str = "") -> Lab:
    """Reads lab.toml, driver.py and every check named there.

    `app` is for a lab that takes any finished backend: the lab that this one finished; by default the reference's.
    """
    folder = folder.resolve()
    table = Table.read(folder / "lab.toml")
    slug = table.text("slug")
    stages = tuple(read_stage(stage, number, slug, folder) for number, stage in enumerate(table.tables("stage"), 1))
    driver = folder / "driver.py"
    takes = table.table("app", optional=True)
    default, own_areas = takes.text("reference", ""), takes.texts("own_areas", ())
    takes.finish()
    lab = Lab(
        slug=slug,
        title=table.text("title"),
        summary=table.text("summary", ""),
        level=table.text("level", ""),
        minutes=table.number("minutes", 0),
        requires=table.texts("requires", ()),
        reference=read_reference(table.table("reference")),
        dependencies=table.texts("dependencies", ()),
        standins=table.texts("standins", ()),
        webhooks=read_webhooks(table.table("webhooks", optional=True)),
        stages=stages,
        folder=folder,
        make_driver=load_driver(driver) if driver.exists() else None,
    )
    table.finish()
    if not lab.checks():
        raise table.error("stage", "is missing: a lab needs at least one stage with checks")
    verify_order(lab)
    if default:
        return build_on(lab, app or default, own_areas)
    if app:
        raise VerifierError(f"The lab {slug} is built by itself, not on {app[:80]!r}.", hint="Remove app.")
    return lab


def build_on(lab: Lab, app: str, own_areas: tuple[str, ...]) -> Lab:
    from backroad.verifier.on_app import on_app

    there = sorted(path.parent.name for path in lab.folder.parent.glob("*/lab.toml") if path.parent != lab.folder)
    if app not in there:
        raise VerifierError(f"There is no lab called {app[:80]!r} to build on.", hint=f"There are {', '.join(there)}.")
    return on_app(lab, load_lab(lab.folder.parent / app), own_areas)


def read_reference(table: Table) -> Server:
    server = Server(
        start=table.text("start"),
        ready=table.text("ready", ""),
        ready_seconds=table.number("ready_seconds", 20),
        stop_seconds=table.number("stop_seconds", 10),
        parts=read_parts(table.table("parts", optional=True)),
        commands=read_commands(table.table("commands", optional=True)),
    )
    table.finish()
    return server


def read_webhooks(table: Table) -> dict[str, str]:
    return {name: table.text(name) for name in table.keys()}  # noqa: SIM118  Table is no dict


def read_stage(table: Table, number: int, slug: str, folder: Path) -> Stage:
    named = table.table("checks")
    checks = []
    for check_id in named.keys():  # noqa: SIM118  Table is no dict
        proves = named.texts(check_id)
        path = check_path(check_id, slug, folder)
        if path is None or not path.is_file():
            where = path or "<lab>/checks/<name>.py or backroad/verifier/checks/<area>/<name>.py"
            raise named.error(f'"{check_id}"', f"names a check that does not exist: {where}")
        checks.append(LabCheck(load_check(check_id, path), proves, number))
    stage = Stage(
        number=number,
        title=table.text("title"),
        minutes=table.number("minutes", 0),
        about=table.text("about", ""),
        checks=tuple(checks),
    )
    table.finish()
    return stage


def check_path(check_id: str, slug: str, folder: Path) -> Path | None:
    """Where a check lives: `<slug>.<name>` with the lab, `<area>.<name>` with the verifier."""
    area, dot, name = check_id.partition(".")
    if not dot or not area.replace("-", "_").isidentifier() or not name.isidentifier():
        return None
    if area.replace("-", "_") == slug.replace("-", "_"):
        return folder / "checks" / f"{name}.py"
    return SHARED_CHECKS / area / f"{name}.py"


@functools.cache
def shared_checks() -> Mapping[str, Check]:
    """By id. A file without a check helps those beside it."""
    files = (path for path in sorted(SHARED_CHECKS.glob("*/*.py")) if "@check(" in path.read_text(encoding="utf-8"))
    found = (load_check(f"{path.parent.name}.{path.stem}", path) for path in files)
    return {check.id: check for check in found}


def verify_order(lab: Lab) -> None:
    """Prerequisites come first. A shared check may need shared checks that this lab leaves out."""
    seen: set[str] = set()
    all_ids = {check.id for check in lab.checks()}
    where = lab.folder / "lab.toml"
    for item in lab.checks():
        if item.id in seen:
            raise VerifierError(f'{where}: the check "{item.id}" is listed twice.')
        for need in item.check.needs:
            if need in seen:
                continue
            if need in all_ids:
                raise VerifierError(f'{where}: "{item.id}" needs "{need}", which comes later.')
            path = check_path(need, lab.slug, lab.folder)
            if path is None or path.parent.parent != SHARED_CHECKS or not path.is_file():
                raise VerifierError(f'{item.check.path}: needs "{need}", which is not in {where}.')
        seen.add(item.id)
