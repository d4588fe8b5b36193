"""Where in a tree a want looks: `services.web.healthcheck.interval`.

Names are joined by dots; one that holds a dot or a bracket stands in double quotes. A selector in brackets chooses
among the items of a list or the parts of a mapping, or, where names repeat (Dockerfile, nginx, systemd), among those of
the name before it:

- `[*]` each of them, `[?]` one of them, `[0]` the first, `[-1]` the last;
- `[name=web]` those in which `name` is `web`, `[image~^redis:]` in which it matches a pattern;
- `[/api/]` those whose own text is this, `[~\\.php$]` whose text matches.

Without a selector, one of them is enough. `^name` is what holds there in nginx: its own, else that of the innermost
block around it.
"""

import re

import msgspec

from backroad.drills.config.tree import Node

STEP = re.compile(r"(?:(?P<up>\^?)(?:\"(?P<quoted>[^\"]+)\"|(?P<name>[^.\[\]\"^]+)))?(?:\[(?P<choice>[^\]]+)\])?")
INDEX = re.compile(r"-?\d+")
EQUAL = re.compile(r"([\w./-]+)=(.*)")
ALIKE = re.compile(r"([\w./-]*)~(.*)")


class Step(msgspec.Struct, frozen=True):
    """`name` is empty for a selector alone."""

    said: str
    name: str = ""
    inherited: bool = False
    choice: str = ""

    @property
    def every(self) -> bool:
        return self.choice == "*"

    def among(self, trail: tuple[Node, ...]) -> list[Node]:
        """What it leads to from the last node of the trail, which begins at the top."""
        node = trail[-1]
        if not self.name:
            return self.chosen(node.unnamed())
        found = node.named(self.name)
        if self.inherited:
            found = next((own for block in reversed(trail) if (own := block.named(self.name))), [])
        if self.choice and not node.repeats:
            found = [below for one in found for below in one.unnamed()]
        return self.chosen(found)

    def chosen(self, found: list[Node]) -> list[Node]:
        choice = self.choice
        if choice in ("", "*", "?"):
            return found
        if INDEX.fullmatch(choice):
            place = int(choice)
            return [found[place]] if -len(found) <= place < len(found) else []
        if own := [one for one in found if one.text == choice]:
            return own
        if field := EQUAL.fullmatch(choice):
            return [one for one in found if any(below.said == field[2] for below in one.named(field[1]))]
        if field := ALIKE.fullmatch(choice):
            return [one for one in found if any(re.search(field[2], text) for text in _texts(one, field[1]))]
        return []


def _texts(node: Node, name: str) -> list[str]:
    return [one.said for one in node.named(name)] if name else [node.text[:2000]]


def read_place(text: str) -> tuple[Step, ...]:
    """A ValueError says what is wrong. Nothing is the top of the file."""
    steps: list[Step] = []
    at = 0
    while at < len(text):
        joined = not steps or text[at] in ".["
        at += bool(steps) and text[at] == "."
        found = STEP.match(text, at)
        if found is None or not found[0] or not joined:
            raise ValueError(f"`{text}` is not a place: something is wrong at `{text[at:]}`")
        name = found["quoted"] or found["name"] or ""
        said = found[0].lstrip("^").removesuffix("[?]").removesuffix("[*]") or "item"
        steps.append(Step(said, name, bool(found["up"]), found["choice"] or ""))
        at = found.end()
    return tuple(steps)
