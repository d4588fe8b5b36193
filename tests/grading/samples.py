"""Folders that people hand in: the toy lab's reference, whole or with an edit; and hostile archives."""

import gzip
import io
import shutil
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from backroad.grading.intake import Intake, take_in
from backroad.grading.packing import pack
from backroad.labs.library import LabLibrary
from backroad.progress import Facts

TOY = Path(__file__).parents[1] / "verifier" / "toylab"
FACTS = Facts(
    checks={
        "http.status-codes": ("toylab/toylab.answers_health",),
        "http.methods": ("toylab/toylab.creates_a_thing",),
        "arch.concurrency": ("toylab/toylab.one_owner_per_name",),
        "ops.durability": ("toylab/toylab.survives_a_kill",),
    }
)
NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)
TOML = 'lab = "toylab"\n[server]\nstart = "python3 app.py"\nready = "/healthz"\n'


def toy_labs(folder: Path) -> LabLibrary:
    """A library that holds the toy lab alone."""
    shutil.copytree(TOY, folder / "labs" / "toylab")
    return LabLibrary(folder / "labs")


def toy_folder(folder: Path, old: str = "", new: str = "", *, toml: str = TOML, app: str = "") -> Path:
    """The toy's reference as somebody's own, with one edit or with another server altogether."""
    folder.mkdir(parents=True)
    text = app or (TOY / "reference" / "app.py").read_text()
    assert old in text
    (folder / "app.py").write_text(text.replace(old, new))
    (folder / "backroad.toml").write_text(toml)
    return folder


def taken(labs: LabLibrary, folder: Path) -> Intake:
    return take_in(pack(folder).data, labs)


def toy(labs: LabLibrary, place: Path, number: int = 0) -> Intake:
    """One of many folders that differ, and are all right."""
    app = f"# {number}\n{(TOY / 'reference' / 'app.py').read_text()}"
    return taken(labs, toy_folder(place / f"toy-{number}", app=app))


def archive(fill: Callable[[tarfile.TarFile], None], *, toml: str | None = TOML) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        if toml is not None:
            add(tar, "backroad.toml", toml.encode())
        fill(tar)
    return gzip.compress(out.getvalue(), mtime=0)


def add(tar: tarfile.TarFile, name: str, content: bytes = b"", **fields: object) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    for field, value in fields.items():
        setattr(entry, field, value)
    tar.addfile(entry, io.BytesIO(content))
