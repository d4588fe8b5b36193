"""What a rule sees in a file, and how sights become one finding and are read back out of it."""

import re
from collections.abc import Iterable, Sequence
from typing import NoReturn

import msgspec

from backroad.verifier.repository.key_shapes import hide
from backroad.verifier.verdict import Finding
from backroad.verifier.wording import excerpt

MOST = 30  # sights of one rule that a finding spells out
PLACE = re.compile(r"(?P<path>.+?):(?P<line>[0-9]+)  (?P<text>.*)")


class Sight(msgspec.Struct, frozen=True):
    """One place that breaks the claim of a rule."""

    path: str  # below the folder, with /
    line: int  # from 1
    expected: str
    got: str


class Absent(Exception):
    """There is nothing in the folder that the rule could judge: not run."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def absent(reason: str) -> NoReturn:
    raise Absent(reason)


def shown_path(path: str) -> str:
    """A path on one line, whatever characters somebody gave a file."""
    return excerpt(path.encode(errors="replace").decode(), 200)


def finding_of(sights: Sequence[Sight], *, why: str, fix: str, again: str) -> Finding:
    """`sent` names the files, `got` has a line `path:line  what is there` for each sight. Holds no secrets."""
    ordered = sorted(set(sights), key=lambda sight: (sight.path, sight.line, sight.got))
    lines = [f"{shown_path(one.path)}:{max(one.line, 1)}  {said(one.got, 300)}" for one in ordered[:MOST]]
    if len(ordered) > MOST:
        lines.append(f"and {len(ordered) - MOST} more")
    return Finding(
        sent=listed((shown_path(one.path) for one in ordered), 5),
        expected=listed((one.expected for one in ordered), 5, "; "),
        got="\n".join(lines),
        why=why,
        fix=fix,
        again=again,
    )


def said(text: str, limit: int) -> str:
    return excerpt(hide(text[:8000]), limit)


def listed(texts: Iterable[str], most: int, between: str = ", ") -> str:
    distinct = list(dict.fromkeys(texts))
    more = f"{between}and {len(distinct) - most} more" if len(distinct) > most else ""
    return between.join(distinct[:most]) + more


def sights_of(finding: Finding) -> list[Sight]:
    """Out of the finding of a rule, the places that its `got` names."""
    found = map(PLACE.fullmatch, finding.got.splitlines())
    return [Sight(one["path"], int(one["line"]), finding.expected, one["text"]) for one in found if one]
