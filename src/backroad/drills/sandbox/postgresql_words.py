"""Cuts a script for PostgreSQL into statements, and says what kind of statement one is. Runs inside the child."""

import re
from collections.abc import Iterator
from typing import NamedTuple

_TOKEN = re.compile(
    r"(?:\b[eE])'(?:[^'\\]|''|\\.)*'|'[^']*'|\"[^\"]*\"|--[^\n]*|/\*|(?<![\w$])\$(?:[^\W\d]\w*)?\$|;", re.DOTALL
)
_COMMENT_EDGE = re.compile(r"/\*|\*/")
_LEADING = re.compile(r"(?:\s+|--[^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_WRITES = re.compile(r"(insert|update|delete|merge|with|truncate|copy)\b", re.IGNORECASE)
_LOCKS = re.compile(r"\bfor\s+(no\s+key\s+update|update|share|key\s+share)\b|^\s*lock\b", re.IGNORECASE)
_BEGINS = re.compile(r"(begin|start\s+transaction)\b", re.IGNORECASE)
_COMMITS = re.compile(r"(commit|end)\b", re.IGNORECASE)
_MEANWHILE = re.compile(r"^-- (meanwhile|before commit)[ \t]*$\n?", re.MULTILINE)


class Seed(NamedTuple):
    script: str
    rival: tuple[str, ...]
    """Statements of another session."""
    at_commit: bool
    """They run right before the learner's COMMIT, and not before the last statement that writes or locks."""


def read_seed(text: str) -> Seed:
    found = _MEANWHILE.search(text)
    if not found:
        return Seed(text, (), at_commit=False)
    return Seed(text[: found.start()], tuple(statements(text[found.end() :])), found[1] == "before commit")


def statements(script: str) -> Iterator[str]:
    """Without their semicolons; one in a string, a comment or a quoted body ends none."""
    start = place = 0
    while token := _TOKEN.search(script, place):
        place = token.end()
        if token[0] == ";":
            if bare(script[start : token.start()]):
                yield script[start : token.start()]
            start = place
        elif token[0] == "/*":
            place = _comment_end(script, place)
        elif token[0].startswith("$"):
            end = script.find(token[0], place)
            place = len(script) if end < 0 else end + len(token[0])
    if bare(script[start:]):
        yield script[start:]


def _comment_end(script: str, place: int) -> int:
    """Comments may hold comments."""
    depth = 1
    while depth and (edge := _COMMENT_EDGE.search(script, place)):
        depth += 1 if edge[0] == "/*" else -1
        place = edge.end()
    return place if not depth else len(script)


def bare(statement: str) -> str:
    """Without what stands before its first word."""
    return statement[_LEADING.match(statement).end() :].strip()  # type: ignore[union-attr]


def begins(statement: str) -> bool:
    return bool(_BEGINS.match(bare(statement)))


def commits(statement: str) -> bool:
    return bool(_COMMITS.match(bare(statement)))


def touches(statement: str) -> bool:
    """Whether it writes rows, or locks some."""
    text = bare(statement)
    return bool(_WRITES.match(text) or _LOCKS.search(text))
