"""Making and changing own roads. Every action writes files in the learner's own content and nothing else."""

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from backroad.curriculum import Curriculum, Road, Step, own
from backroad.curriculum.own import LONGEST, LONGEST_FILE, LONGEST_NAME, MOST_ROADS
from backroad.kit import files
from backroad.kit.errors import NotFound, Problem
from backroad.own_roads import edit
from backroad.own_roads.toml_text import road_text, template

RESERVED = ("add", "check", "fork", "import", "new")
"""What `backroad road` takes for a command."""
Move = Literal["up", "down"]


class Place(msgspec.Struct, frozen=True):
    """Where a skill stands in a road, from 0."""

    step: int
    place: int


def named(name: str) -> tuple[str, str]:
    """(id, title) of what a learner calls a road: `Payments team` and `payments-team` are the same road."""
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in name).split())
    road_id = slug(clean)
    if not road_id:
        raise Problem(f"{clean[:40]!r} cannot name a road.", "Use a few words of letters or digits.")
    if len(clean) > LONGEST["title"]:
        raise Problem(f"The name has {len(clean)} characters.", f"At most {LONGEST['title']} fit.")
    return road_id, clean if clean != road_id else clean.replace("-", " ").capitalize()


def slug(text: str) -> str:
    """Lower-case words joined by hyphens, short enough for an id; empty where there are no letters for it."""
    plain = unicodedata.normalize("NFKD", text[:400]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].strip("-")


def free_name(curriculum: Curriculum, home: Path, name: str) -> tuple[str, str]:
    """(id, title) of a road that is to be made; a Problem if there is one already."""
    road_id, title = named(name)
    path = road_path(home, road_id)
    if road_id in RESERVED:
        raise Problem(f"`backroad road {road_id}` is a command.", "Choose another name.", status=409)
    if path.exists() or road_id in curriculum.roads:
        where = f"{path} is there already" if path.exists() else "it is shipped"
        raise Problem(f"There is a road {road_id}: {where}.", "Choose another name.", status=409)
    if len(list(path.parent.glob("*.toml"))) >= MOST_ROADS:
        raise Problem(f"There are {MOST_ROADS} roads of your own.", f"Remove one from {path.parent} first.", status=409)
    return road_id, title


def road_path(home: Path, road_id: str) -> Path:
    return own.own_dir(home) / "roads" / f"{road_id}.toml"


def fork(
    curriculum: Curriculum, home: Path, road_id: str, name: str, *, only: Collection[str] | None = None
) -> tuple[str, Path]:
    """A road of the learner's own with the steps of another, and of its skills with `only` just those. (id, file)."""
    base = curriculum.road(road_id)
    new_id, title = free_name(curriculum, home, name)
    if only is not None and (unknown := sorted(set(only) - set(base.skills))):
        raise Problem(f"The road {road_id} has no skill {unknown[0][:80]}.", "Tick skills of the road that you fork.")
    steps = [
        msgspec.structs.replace(
            step, skills=tuple(skill for skill in step.skills if only is None or skill in only), topics=(), weeks=None
        )
        for step in base.steps
    ]
    steps = [step for step in steps if step.skills or step.labs]
    if not any(step.skills for step in steps):
        raise Problem("The road would have no skill.", "Tick at least one.")
    road = Road(id=new_id, title=title, about=f"Forked from {base.title}.", steps=tuple(steps), private=base.private)
    path = road_path(home, new_id)
    files.put(
        path, road_text(road, [f"Forked from {base.id}. `backroad road check {new_id}` says what is wrong with it."])
    )
    return new_id, path


def new(curriculum: Curriculum, home: Path, name: str) -> tuple[str, Path]:
    """A commented file to fill in. (id, file)."""
    road_id, title = free_name(curriculum, home, name)
    path = road_path(home, road_id)
    files.put(path, template(road_id, title))
    return road_id, path


def own_road(curriculum: Curriculum, road_id: str) -> Road:
    """The road, if it is the learner's own and can be read."""
    road = curriculum.road(road_id)
    if road_id not in curriculum.own_roads:
        raise Problem(
            f"The road {road_id} is shipped and stays as it is.",
            f"Fork it and change the fork: backroad road fork {road_id} NAME.",
            status=409,
        )
    return road


def place_of(steps: Sequence[Sequence[str]], skill: str) -> Place | None:
    return next((Place(n, step.index(skill)) for n, step in enumerate(steps) if skill in step), None)


def add(curriculum: Curriculum, road_id: str, skill: str, *, after: str = "") -> None:
    """Put a skill into an own road: after another, else at the road's end."""
    own_road(curriculum, road_id)
    _known(curriculum, skill)
    file = RoadFile(curriculum.road_file(road_id))
    if place_of(file.steps, skill):
        raise Problem(f"The road {road_id} has {skill} already.", "Nothing was changed.", status=409)
    if after:
        place = file.place(after)
        file.write(edit.insert(file.content, place.step, place.place + 1, skill))
    elif file.steps:
        file.write(edit.insert(file.content, len(file.steps) - 1, len(file.steps[-1]), skill))
    else:
        file.write(edit.add_step(file.content, Step(title="First step", skills=(skill,))))


def add_step(curriculum: Curriculum, road_id: str, title: str, skill: str) -> None:
    """A step at the road's end that begins with this skill."""
    own_road(curriculum, road_id)
    _known(curriculum, skill)
    file = RoadFile(curriculum.road_file(road_id))
    clean = " ".join("".join(letter if letter.isprintable() else " " for letter in title).split())
    if not clean or len(clean) > LONGEST["title"]:
        raise Problem("The new step has no title, or a very long one.", f"Give it 1 to {LONGEST['title']} characters.")
    if place_of(file.steps, skill):
        raise Problem(f"The road {road_id} has {skill} already.", "Nothing was changed.", status=409)
    file.write(edit.add_step(file.content, Step(title=clean, skills=(skill,))))


def remove(curriculum: Curriculum, road_id: str, skill: str) -> None:
    """Take a skill out of an own road; what was done for it stays."""
    own_road(curriculum, road_id)
    file = RoadFile(curriculum.road_file(road_id))
    place = file.place(skill)
    file.write(edit.remove(file.content, place.step, place.place))


def move(curriculum: Curriculum, road_id: str, skill: str, direction: Move) -> None:
    """One place up or down; from the end of a step into the next one."""
    own_road(curriculum, road_id)
    file = RoadFile(curriculum.road_file(road_id))
    at = file.place(skill)
    target = at.place + (1 if direction == "down" else -1)
    if 0 <= target < len(file.steps[at.step]):
        file.write(edit.swap(file.content, at.step, min(at.place, target)))
        return
    step = at.step + (1 if direction == "down" else -1)
    if not 0 <= step < len(file.steps):
        return  # the first and the last have nowhere to go
    taken_out = edit.remove(file.content, at.step, at.place)
    file.write(edit.insert(taken_out, step, 0 if direction == "down" else len(file.steps[step]), skill))


class RoadFile:
    """The file as it is now, which may be newer than the curriculum that was loaded at start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > LONGEST_FILE:
                raise Problem(f"{path} has more than {LONGEST_FILE >> 10} KiB.", "Nothing was changed.", status=409)
            self.content = path.read_bytes().decode()
            document = tomllib.loads(self.content)
            self.steps: list[list[str]] = [list(step.get("skills", ())) for step in document.get("step", ())]
        except OSError as error:
            raise NotFound(f"{path} cannot be read: {error.strerror}.") from None
        except (ValueError, AttributeError, TypeError, RecursionError):
            raise Problem(
                f"{path} cannot be read as a road.", "`backroad road check` says what is wrong with it.", status=409
            ) from None

    def place(self, skill: str) -> Place:
        found = place_of(self.steps, skill)
        if found is None:
            raise Problem(f"The road {self.path.stem} has no skill {skill[:80]}.", "Look at it again.", status=409)
        return found

    def write(self, content: str) -> None:
        if len(content.encode()) > LONGEST_FILE:
            raise Problem(f"The road would have more than {LONGEST_FILE >> 10} KiB.", "Nothing was changed.")
        files.put(self.path, content)


def _known(curriculum: Curriculum, skill: str) -> None:
    if skill not in curriculum.skills:
        near = difflib.get_close_matches(skill[:80], curriculum.skills, 1)
        hint = f"Did you mean {near[0]}?" if near else "`backroad road canonical` lists the skills."
        raise NotFound(f"There is no skill {skill[:80]}.", hint)
