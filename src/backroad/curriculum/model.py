"""The nouns of the curriculum: what `content/` says, frozen. Ids are permanent; order comes from `requires`."""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal, get_args

import msgspec
from msgspec import Meta

from backroad.kit.errors import NotFound

Language = Literal["node", "python", "java", "go", "php", "ruby", "csharp"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
StepKind = Literal["skill", "project"]
Level = Literal["beginner", "intermediate", "advanced"]

Text = Annotated[str, Meta(min_length=1)]
CANONICAL = "canonical"
LONGEST_LESSON = 64 << 10
"""Bytes of a lesson of a learner's own."""
LARGEST_DRILLS = 1 << 20
"""Bytes of the drills of a learner's own."""


class Mistake(msgspec.Struct, frozen=True):
    """Something to change in the content. `line` counts from 1; 0 when it is not known."""

    file: str
    text: str
    line: int = 0

    @property
    def sentence(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.text}"


class Area(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: Text
    title: Text
    about: Text
    private: bool = False


class Skill(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`minutes` is the lesson, its drills and trying things out. A skill with `tracks` is for learners of
    those languages; one without is for everyone. What is `private` is for its learner alone: no export that is made
    for others holds it."""

    id: Text
    title: Text
    claim: Text
    requires: tuple[str, ...]
    minutes: Annotated[int, Meta(ge=30, le=240)]
    tracks: tuple[Language, ...] = ()
    private: bool = False

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        return self.id.partition(".")[2]

    def suits(self, track: str | None) -> bool:
        """Without a track, everything suits."""
        return track is None or not self.tracks or track in self.tracks


class Resource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to read, watch or do elsewhere. `minutes` is what the part that serves the skills takes; `note`
    says what a learner should know before opening it, such as that it costs money."""

    id: Text
    title: Text
    url: Text
    group: Text
    minutes: Annotated[int, Meta(ge=5)]
    skills: Annotated[tuple[str, ...], Meta(min_length=1, max_length=6)]
    tracks: tuple[Language, ...] = ()
    note: str = ""
    private: bool = False

    def suits(self, track: str | None) -> bool:
        return track is None or not self.tracks or track in self.tracks


class Topic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A topic as a roadmap published it, and the skills that teach it, the main one first."""

    title: Text
    skills: Annotated[tuple[str, ...], Meta(min_length=1)]

    @property
    def label(self) -> str:
        """The title for display. Published lists were split at every comma, also inside parentheses: "oauth (google"
        and "facebook login)" are two topics."""
        if self.title.count("(") > self.title.count(")"):
            return f"{self.title})"
        return self.title.removesuffix(")") if self.title.count(")") > self.title.count("(") else self.title


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`weeks` is the published range, lowest and highest."""

    title: Text
    kind: StepKind = "skill"
    weeks: tuple[int, int] | None = None
    optional: bool = False
    skills: tuple[str, ...] = ()
    labs: tuple[str, ...] = ()
    topics: tuple[Topic, ...] = ()


class Project(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A project that a roadmap published; `labs` are the labs in which it can be built here."""

    level: Level
    title: Text
    topics: tuple[Topic, ...]
    labs: tuple[str, ...] = ()


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An interview question and the skills whose lessons answer it."""

    question: Text
    skills: Annotated[tuple[str, ...], Meta(min_length=1)]


class Road(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A named order of skills and labs. `source` is empty for the canonical road."""

    id: Text
    title: Text
    about: Text
    steps: tuple[Step, ...]
    source: str = ""
    level: Level | None = None
    months: Annotated[int, Meta(ge=1)] | None = None
    projects: tuple[Project, ...] = ()
    interview: tuple[Question, ...] = ()
    product_features: tuple[str, ...] = ()
    private: bool = False

    @property
    def skills(self) -> tuple[str, ...]:
        """Every skill of the road, in order."""
        return tuple(skill for step in self.steps for skill in step.skills)

    @property
    def labs(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(lab for step in self.steps for lab in step.labs))

    @property
    def topics(self) -> tuple[Topic, ...]:
        """Every topic of the road's steps, in order; the same title may come twice."""
        return tuple(topic for step in self.steps for topic in step.topics)

    def step_of(self, skill_id: str) -> Step | None:
        return next((step for step in self.steps if skill_id in step.skills), None)


class Curriculum(msgspec.Struct, frozen=True, eq=False):
    """All of `content/`, and over it the learner's own, checked: every id named anywhere exists, and `requires` has
    no cycle.

    `problems` is empty unless it was loaded with `strict=False` and something had to be left out; `own_problems` are
    those of them that lie in the learner's own content.
    """

    root: Path
    areas: Mapping[str, Area]
    skills: Mapping[str, Skill]
    """By id, in the order of the areas and within an area in an order that respects `requires`."""
    roads: Mapping[str, Road]
    """The canonical road first."""
    resources: tuple[Resource, ...]
    order: tuple[str, ...]
    """Every skill after all that it requires."""
    unlocks: Mapping[str, tuple[str, ...]]
    """The skills that name this one in their `requires`."""
    ancestors: Mapping[str, frozenset[str]]
    """Everything a skill requires, directly or not."""
    served: Mapping[str, tuple[Resource, ...]]
    """The resources of each skill, in the order of the file."""
    problems: tuple[Mistake, ...] = ()
    own: Path | None = None
    """The folder of the learner's own content; None where there is none."""
    own_skills: frozenset[str] = frozenset()
    own_roads: frozenset[str] = frozenset()
    own_problems: tuple[Mistake, ...] = ()

    def skill(self, skill_id: str) -> Skill:
        found = self.skills.get(skill_id)
        if found is None:
            raise NotFound(f"There is no skill {skill_id}.", "`backroad road` lists the skills.")
        return found

    def road(self, road_id: str) -> Road:
        found = self.roads.get(road_id)
        if found is not None:
            return found
        own = [mistake for mistake in self.own_problems if mistake.file.endswith(f"/roads/{road_id}.toml")]
        if own:
            hint = "Correct the file and start again, or choose another road in the settings (/settings)."
            raise NotFound(f"Your road {road_id} cannot be read: {own[0].sentence}", hint)
        hint = f"The roads are {', '.join(self.roads)}; the settings (/settings) say which is yours."
        raise NotFound(f"There is no road {road_id[:80]}.", hint)

    def road_file(self, road_id: str) -> Path:
        return self._root_of(road_id in self.own_roads) / "roads" / f"{road_id}.toml"

    def in_area(self, area_id: str) -> tuple[Skill, ...]:
        return tuple(skill for skill in self.skills.values() if skill.area == area_id)

    def resources_for(self, skill_id: str, track: str | None = None) -> tuple[Resource, ...]:
        """What serves the skill and suits the track: the track's own first, then as listed."""
        suited = [resource for resource in self.served.get(skill_id, ()) if resource.suits(track)]
        return tuple(sorted(suited, key=lambda resource: track is None or track not in resource.tracks))

    def with_requirements(self, skill_ids: Iterable[str]) -> tuple[str, ...]:
        """These skills and all that they require, each after what it requires."""
        wanted: set[str] = set()
        for skill_id in skill_ids:
            wanted |= {skill_id, *self.ancestors[skill_id]}
        return tuple(skill for skill in self.order if skill in wanted)

    def folder(self, skill_id: str) -> Path:
        area, _, name = skill_id.partition(".")
        return self._root_of(skill_id in self.own_skills) / "skills" / area / name

    def _root_of(self, own: bool) -> Path:
        return self.own if own and self.own else self.root

    @property
    def has_private(self) -> bool:
        """Whether anything in it is for its learner alone."""
        nouns: Iterable[Area | Skill | Road | Resource] = (
            *self.areas.values(),
            *self.skills.values(),
            *self.roads.values(),
            *self.resources,
        )
        return any(noun.private for noun in nouns)

    @property
    def private_skills(self) -> frozenset[str]:
        return frozenset(skill.id for skill in self.skills.values() if skill.private)

    def lesson_path(self, skill_id: str) -> Path:
        return self.folder(skill_id) / "lesson.md"

    def drills_path(self, skill_id: str) -> Path:
        return self.folder(skill_id) / "drills.toml"

    def lesson(self, skill_id: str) -> str:
        """The text of the lesson; empty where there is none, or none that can be read."""
        path = self.lesson_path(skill_id)
        try:
            if skill_id in self.own_skills and path.stat().st_size > LONGEST_LESSON:
                return ""
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def has_lesson(self, skill_id: str) -> bool:
        return self.lesson_path(skill_id).is_file()

    def has_drills(self, skill_id: str) -> bool:
        path = self.drills_path(skill_id)
        return path.is_file() and (skill_id not in self.own_skills or path.stat().st_size <= LARGEST_DRILLS)

    def content_hash(self, skill_id: str) -> str:
        """32 hexadecimal digits over what evidence of the skill speaks of: its claim, lesson and drills as they
        are on disk now. Requirements, estimates and resources may change without changing it."""
        digest = hashlib.sha256(self.skill(skill_id).claim.encode())
        for path in (self.lesson_path(skill_id), self.drills_path(skill_id)):
            digest.update(b"\0")
            if path.is_file():
                digest.update(path.read_bytes())
        return digest.hexdigest()[:32]
