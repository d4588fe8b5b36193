"""The text of own content's files, as a person would write it."""

import json
from collections.abc import Iterable, Sequence

from backroad.curriculum import Road, Step

WIDTH = 100
_TEMPLATE = """# A road of your own. Lines that start with # are comments.
# `backroad road check {name}` says what is wrong with it, with the line; Backroad reads it when it starts.

title = {title}
about = "What this road is for, in a sentence."

# The steps in the order in which you walk them. Skills are named by their ids: `backroad road canonical` lists the
# shipped ones. Your own lie beside this folder, in skills/<area>/<name>/skill.toml, with the area in areas.toml:
#
#   title = "Feature flags"
#   claim = "You can ship code that is switched on later."
#   requires = ["ops.configuration"]
#   minutes = 60
#
# and, if you like, lesson.md and drills.toml as the shipped skills have them.

[[step]]
title = "First step"
skills = ["http.messages"]

# A step may build a lab, and may be left out by those who are in a hurry:
#
# [[step]]
# title = "Build it"
# kind = "project"
# labs = ["shortener"]
# optional = true
"""


def text(value: str) -> str:
    """A TOML string. JSON writes them alike, but for one control character that TOML wants escaped."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed(ids: Sequence[str]) -> str:
    """An array of ids, on one line if it fits."""
    quoted = [text(one) for one in ids]
    short = ", ".join(quoted)
    if len(short) <= WIDTH:
        return f"[{short}]"
    lines, line = list[str](), "   "
    for one in quoted:
        if len(line) + len(one) + 2 > WIDTH:
            lines.append(line)
            line = "   "
        line += f" {one},"
    return "[\n" + "\n".join([*lines, line]) + "\n]"


def template(name: str, title: str) -> str:
    """A road to fill in by hand, which is sound as it stands."""
    return _TEMPLATE.format(name=name, title=text(title))


def road_text(road: Road, comments: Iterable[str]) -> str:
    """The whole file of a road; what a published roadmap says of its topics and projects stays behind."""
    parts = [f"# {comment}\n" for comment in comments]
    parts.append(f"title = {text(road.title)}\nabout = {text(road.about)}\n")
    if road.private:
        parts.append("private = true\n")
    return "".join([*parts, *map(step_text, road.steps)])


def step_text(step: Step) -> str:
    lines = ["", "[[step]]", f"title = {text(step.title)}"]
    if step.kind != "skill":
        lines.append(f"kind = {text(step.kind)}")
    if step.optional:
        lines.append("optional = true")
    lines.append(f"skills = {listed(step.skills)}")
    if step.labs:
        lines.append(f"labs = {listed(step.labs)}")
    return "\n".join(lines) + "\n"


def skill_text(title: str, claim: str, requires: Sequence[str], minutes: int, *, private: bool) -> str:
    lines = [f"title = {text(title)}", f"claim = {text(claim)}", f"requires = {listed(requires)}"]
    lines.append(f"minutes = {minutes}")
    if private:
        lines.append("private = true")
    return "\n".join(lines) + "\n"
