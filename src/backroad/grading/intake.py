"""What an upload is: which lab, which content. Decided once, before anything of it is kept."""

import functools
import hashlib
import tempfile
from pathlib import Path

import msgspec

from backroad import __version__
from backroad.grading.archive import look
from backroad.kit.errors import Problem
from backroad.labs.library import LabLibrary
from backroad.verifier.config import FILE, Config, read_config
from backroad.verifier.errors import VerifierError
from backroad.verifier.lab import Lab

NOT_JUDGED = ("reference", "starters", "flaws", "__pycache__")
"""Folders of a lab that no verdict depends on."""


class Intake(msgspec.Struct, frozen=True):
    lab: str
    app: str
    content: str
    lab_hash: str
    data: bytes


def take_in(data: bytes, labs: LabLibrary, asked: str = "") -> Intake:
    """Look through an upload; every mistake that can be seen without running it is told here, as a Problem.

    `asked` is the lab where backroad.toml names none.
    """
    listing = look(data)
    config = read_toml(listing.toml)
    slug = config.lab or asked
    if not slug:
        raise Problem(f"{FILE} does not say which lab this is.", 'Add lab = "…" to it.', status=422)
    if asked and asked != slug:
        raise Problem(f"{FILE} says {slug[:80]}, and {asked[:80]} was asked for.", "Make them agree.", status=422)
    lab = lab_of(labs, slug, config)
    return Intake(slug, lab.app and config.app, listing.content, lab_hash(lab), data)


def read_toml(text: str) -> Config:
    with tempfile.TemporaryDirectory(prefix="backroad-intake-") as temp:
        file = Path(temp) / FILE
        file.write_text(text, encoding="utf-8")
        try:
            config = read_config(file)
        except VerifierError as error:
            raise Problem(error.sentence.replace(f"{temp}/", ""), error.hint, status=422) from None
    if not config.server.start:
        raise Problem(f"{FILE} gives a url.", "Give start: graders start your server themselves.", status=422)
    return config


def lab_of(labs: LabLibrary, slug: str, config: Config) -> Lab:
    lab = labs.get(slug)
    if not lab.app:
        return lab
    if not config.app:
        others = ", ".join(other for other in labs.slugs if other != slug)
        hint = f"Add app = one of: {others}."
        raise Problem(f"{FILE} does not say which lab this folder finished.", hint, status=422)
    return labs.get(slug, config.app)


def lab_hash(lab: Lab) -> str:
    """Changes with whatever a verdict may depend on: the lab's own files, and the version of Backroad."""
    folders = (lab.folder, *([lab.folder.parent / lab.app] if lab.app else ()))
    return hashlib.sha256("\n".join((__version__, *map(_hash_of, folders))).encode()).hexdigest()


@functools.cache
def _hash_of(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_file() and not (set(NOT_JUDGED) & set(place.parts)):
            digest.update(f"{place.as_posix()}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()
