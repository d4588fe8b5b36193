"""Changing the skills of a road inside its file, so that comments and layout stay as its author wrote them.

Every edit is proven before it counts: the changed text, parsed, must be the old road with exactly this change.
"""

import re
import tomllib
from collections.abc import Callable, Sequence
from typing import Any

from backroad.curriculum import Step
from backroad.kit.errors import Problem
from backroad.own_roads.toml_text import step_text, text

Change = Callable[[list[str]], list[str]]
_STEP = re.compile(r"^[ \t]*\[\[[ \t]*step[ \t]*\]\][^\n]*\n?", re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)
_SKILLS = re.compile(r"^[ \t]*skills[ \t]*=[ \t]*(?=\[)", re.MULTILINE)
_TOKEN = re.compile(r"""#[^\n]*|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|\]""")


def insert(content: str, step: int, place: int, skill: str) -> str:
    """The file with the skill at `place` of the step's skills."""
    start, tokens, end = _array(content, step)
    if start == end:
        changed = f"{content[:start]}skills = [{text(skill)}]\n{content[start:]}"
    elif place >= len(tokens):
        at = tokens[-1][1] if tokens else start + 1
        changed = content[:at] + (", " if tokens else "") + text(skill) + content[at:]
    else:
        at = tokens[place][0]
        changed = f"{content[:at]}{text(skill)}, {content[at:]}"
    return _proven(content, changed, step, lambda skills: [*skills[:place], skill, *skills[place:]])


def remove(content: str, step: int, place: int) -> str:
    """The file without the skill at `place`."""
    _, tokens, end = _array(content, step)
    first, last = tokens[place]
    comma = re.compile(r"[ \t]*,[ \t]*").match(content, last, end)
    if comma:
        last = comma.end()
    elif place:  # the last one, after which no comma stands: the one before it goes
        before = re.compile(r"[ \t]*,[ \t]*").match(content, tokens[place - 1][1], first)
        first = tokens[place - 1][1] if before and before.end() == first else first
    changed = content[:first] + content[last:]
    return _proven(content, changed, step, lambda skills: skills[:place] + skills[place + 1 :])


def swap(content: str, step: int, place: int) -> str:
    """The file with the skill at `place` and the one after it in each other's place."""
    _, tokens, _ = _array(content, step)
    (a, b), (c, d) = tokens[place : place + 2]
    changed = content[:a] + content[c:d] + content[b:c] + content[a:b] + content[d:]

    def swapped(skills: list[str]) -> list[str]:
        return [*skills[:place], skills[place + 1], skills[place], *skills[place + 2 :]]

    return _proven(content, changed, step, swapped)


def add_step(content: str, step: Step) -> str:
    """The file with one more step at its end."""
    changed = content.rstrip("\n") + "\n" + step_text(step)
    old, new = tomllib.loads(content), _parsed(changed)
    if new is None or new.get("step", [])[:-1] != old.get("step", []) or _rest(new) != _rest(old):
        raise _by_hand()
    return changed


def _array(content: str, step: int) -> tuple[int, Sequence[tuple[int, int]], int]:
    """Where the step's array of skills begins, its texts lie and it ends; an empty range where the step has none."""
    heads = list(_STEP.finditer(content))
    if step >= len(heads):
        raise _by_hand()
    begin = heads[step].end()
    following = _TABLE.search(content, begin)
    found = _SKILLS.search(content, begin, following.start() if following else len(content))
    if found is None:
        return begin, (), begin
    tokens: list[tuple[int, int]] = []
    for token in _TOKEN.finditer(content, found.end() + 1):
        if token[0] == "]":
            return found.end(), tokens, token.end()
        if not token[0].startswith("#"):
            tokens.append((token.start(), token.end()))
    raise _by_hand()


def _proven(content: str, changed: str, step: int, change: Change) -> str:
    old, new = tomllib.loads(content), _parsed(changed)
    steps = old.get("step", [])
    steps[step]["skills"] = change(list(steps[step].get("skills", [])))
    if new != old:
        raise _by_hand()
    return changed


def _parsed(content: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(content)
    except ValueError:
        return None


def _rest(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "step"}


def _by_hand() -> Problem:
    return Problem(
        "The road's file is written in a way that cannot be changed here without losing something.",
        "Change it in an editor; nothing was changed.",
        status=409,
    )
