"""Packs a learner's folder for handing in: the same folder always gives the same bytes."""

import gzip
import io
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from backroad.grading.archive import MADE_AGAIN, MOST_FILES, MOST_UNPACKED, secret
from backroad.grading.model import MOST_UPLOADED
from backroad.kit.errors import Problem
from backroad.verifier.config import FILE
from backroad.verifier.repository.git import Pattern, matches, read, read_patterns

LEFT_OUT = (".gitignore", ".backroadignore")
"""Files of patterns, at the top and in each folder. What the last one says counts: `!dist/` in .backroadignore takes
back what Git leaves out. Not .dockerignore: it names the Dockerfile and workflows, which are judged too."""


class Packed(msgspec.Struct, frozen=True):
    data: bytes
    files: tuple[str, ...]
    """Paths, with `/`."""


class _Rule(msgspec.Struct, frozen=True):
    below: str  # path of the folder of the file of patterns: "" or with a / at its end
    pattern: Pattern


def pack(folder: Path) -> Packed:
    """A tar.gz of the folder without what is made again and what is secret. A link in it is a Problem."""
    if not (folder / FILE).is_file():
        raise Problem(f"There is no {FILE} in {folder}.", "Name the folder that holds it: backroad submit FOLDER.")
    out, names, size = io.BytesIO(), [], 0
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path in _files(folder, "", ()):
            content, executable = _read(folder / path)
            size += len(content)
            names.append(path)
            if len(names) > MOST_FILES or size > MOST_UNPACKED:
                raise Problem(
                    f"{folder} has more than {MOST_FILES} files or {MOST_UNPACKED >> 20} MiB to hand in.",
                    "Name what can be made again in .backroadignore, as in a .gitignore.",
                )
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o755 if executable else 0o644
            tar.addfile(entry, io.BytesIO(content))
    data = gzip.compress(out.getvalue(), mtime=0)
    if len(data) > MOST_UPLOADED:
        raise Problem(
            f"{folder} packs to {len(data) >> 20} MiB; {MOST_UPLOADED >> 20} MiB are taken.",
            "Name large files that are not needed in .backroadignore, as in a .gitignore.",
        )
    return Packed(data, tuple(names))


def _read(path: Path) -> tuple[bytes, bool]:
    try:
        return path.read_bytes(), os.access(path, os.X_OK)
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.", "Allow it, or leave the file out.") from None


def _files(root: Path, below: str, rules: tuple[_Rule, ...]) -> Iterator[str]:
    """Paths in a fixed order, without those that are left out."""
    place = root / below
    for name in LEFT_OUT:
        rules += tuple(_Rule(below, pattern) for pattern in read_patterns(read(place / name)))
    for entry in sorted(os.scandir(place), key=lambda one: one.name):
        path = f"{below}{entry.name}"
        is_folder = entry.is_dir(follow_symlinks=False)
        if (is_folder and entry.name in MADE_AGAIN) or secret(entry.name):
            continue
        if path != FILE and _left_out(path, is_folder, rules):
            continue
        if entry.is_symlink():
            hint = "Put the file itself in its place, or name it in .backroadignore."
            raise Problem(f"{root / path} is a link.", hint)
        if is_folder:
            yield from _files(root, f"{path}/", rules)
        elif entry.is_file():
            yield path


def _left_out(path: str, is_folder: bool, rules: tuple[_Rule, ...]) -> bool:
    verdict = False
    for rule in rules:
        if rule.pattern.folders_only and not is_folder:
            continue
        if matches(rule.pattern.segments, tuple(path.removeprefix(rule.below).split("/"))):
            verdict = rule.pattern.wanted
    return verdict
