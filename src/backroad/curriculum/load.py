"""Reads `content/`, and the learner's own content over it, into a `Curriculum`.

Every mistake is recorded and what it concerns is left out, so that the rest is whole: all ids exist and
`requires` has no cycle. An author wants the mistakes (`strict`); a learner wants the rest.
"""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from backroad.curriculum import graph, own
from backroad.curriculum.model import (
    CANONICAL,
    Area,
    Curriculum,
    Mistake,
    Project,
    Question,
    Resource,
    Road,
    Skill,
    Step,
    Topic,
)
from backroad.curriculum.read import Wrong, convert, line_at, line_of, parse, shown
from backroad.kit.errors import Problem
from backroad.kit.paths import content_dir

Listed = TypeVar("Listed", Area, Resource)
Noun = TypeVar("Noun", bound=msgspec.Struct)
MOST_MISTAKES = 200
"""More about ids that do not exist are not listed: each costs a search."""


def load(root: Path | None = None, *, mine: Path | None = None, strict: bool = True) -> Curriculum:
    """The curriculum in `root` (default: the shipped one), with the learner's own content in `mine`, if that is there.
    Strict: a `Problem` if anything is wrong with it; else broken files and dangling ids are left out and listed in
    `problems`."""
    loaded = _Loading(root or content_dir(), mine).curriculum()
    if strict and loaded.problems:
        first, *others = (mistake.sentence for mistake in loaded.problems)
        raise Problem(first, "\n".join(others))
    return loaded


class _Loading:
    def __init__(self, root: Path, mine: Path | None) -> None:
        self.root = root
        self.mine = mine if mine and mine.is_dir() else None
        self.mistakes: list[Mistake] = []
        self.own_mistakes: list[Mistake] = []
        self.broken: set[str] = set()
        self.own_skills: set[str] = set()

    def curriculum(self) -> Curriculum:
        if not self.root.is_dir():
            raise Problem(f"There is no curriculum at {shown(self.root)}.", "Install Backroad again.", status=500)
        areas = self._areas()
        skills = self._without_cycles(self._with_known_requirements(self._skills(areas)))
        roads = self._roads(skills)
        resources = tuple(self._resources(skills))
        requires = {skill.id: skill.requires for skill in skills.values()}
        order = graph.order(requires, _rank(roads, skills))
        by_area = {area: number for number, area in enumerate(areas)}
        return Curriculum(
            root=self.root,
            areas=MappingProxyType(areas),
            skills=MappingProxyType(
                {skill: skills[skill] for skill in sorted(order, key=lambda skill: by_area[skills[skill].area])}
            ),
            roads=MappingProxyType(roads),
            resources=resources,
            order=order,
            unlocks=MappingProxyType(graph.unlocks(requires)),
            ancestors=MappingProxyType(graph.ancestors(requires)),
            served=MappingProxyType(_served(resources, skills)),
            problems=(*self.mistakes, *self.own_mistakes),
            own=self.mine,
            own_skills=frozenset(self.own_skills & skills.keys()),
            own_roads=frozenset(self._own_roads(roads)),
            own_problems=tuple(self.own_mistakes),
        )

    def _mistake(self, path: Path, text: str, line: int = 0) -> None:
        self._add(Mistake(shown(path), text, line), path)

    def _add(self, mistake: Mistake, path: Path) -> None:
        if self._is_mine(path):
            self.own_mistakes.append(Mistake(_printable(mistake.file), _printable(mistake.text), mistake.line))
        else:
            self.mistakes.append(mistake)

    def _is_mine(self, path: Path) -> bool:
        return self.mine is not None and path.is_relative_to(self.mine)

    def _read(self, path: Path) -> tuple[dict[str, Any], str]:
        if self.mine and self._is_mine(path):
            own.refuse_large(self.mine, path)
        return parse(path)

    def _convert(self, raw: Any, noun: type[Noun], path: Path, text: str, pointer: str = "") -> Noun:
        """With what a learner's own noun must keep to beyond its form; a mistake is on the line of `pointer`."""
        try:
            made = convert(raw, noun, path, text)
            if self._is_mine(path) and (wrong := own.unfit(made)):
                raise Wrong(Mistake(shown(path), wrong))
        except Wrong as wrong_noun:
            if not pointer:
                raise
            raise Wrong(replace(wrong_noun.mistake, line=line_at(text, pointer))) from None
        return made

    def _areas(self) -> dict[str, Area]:
        areas = {area.id: area for area in self._list(self.root / "areas.toml", "area", Area)}
        if self.mine and (path := self.mine / "areas.toml").exists():
            for area in self._list(path, "area", Area):
                if area.id in areas:
                    self._mistake(path, f"the area `{area.id}` is shipped: remove it, or name yours otherwise.")
                elif not own.is_name(area.id):
                    self._mistake(path, f"`{area.id}` must be lower-case words joined by hyphens.")
                else:
                    areas[area.id] = area
        return areas

    def _list(self, path: Path, key: str, noun: type[Listed]) -> list[Listed]:
        """The `[[key]]` tables of a file of `content/`; their ids are unique."""
        found: dict[str, Listed] = {}
        try:
            raw, text = self._read(path)
        except Wrong as wrong:
            self._add(wrong.mistake, path)
            return []
        tables = raw.get(key, [])
        if not isinstance(tables, list):
            self._mistake(path, f"write [[{key}]] above each table.", line_at(text, f".{key}"))
            return []
        for number, one in enumerate(tables):
            try:
                item = self._convert(one, noun, path, text, f".{key}[{number}]")
            except Wrong as wrong:
                self._add(wrong.mistake, path)
                continue
            if item.id in found:
                self._mistake(path, f"there are two of `{item.id}`.", line_at(text, f".{key}[{number}]"))
            else:
                found[item.id] = item
        return list(found.values())

    def _skills(self, areas: Mapping[str, Area]) -> dict[str, Skill]:
        found: dict[str, Skill] = {}
        for path in sorted(self.root.glob("skills/*/*/skill.toml")):
            self._take_skill(path, areas, found)
        paths = sorted(self.mine.glob("skills/*/*/skill.toml")) if self.mine else []
        if self.mine and len(paths) > own.MOST_SKILLS:
            sentence = f"there are {len(paths):,} skills; the first {own.MOST_SKILLS:,} are read."
            self._mistake(self.mine / "skills", sentence)
        for path in paths[: own.MOST_SKILLS]:
            self._take_skill(path, areas, found)
        return found

    def _take_skill(self, path: Path, areas: Mapping[str, Area], found: dict[str, Skill]) -> None:
        area, name = path.parts[-3:-1]
        skill_id = f"{area}.{name}"
        if not areas:
            self.broken.add(skill_id)  # areas.toml is broken, and was reported once
            return
        try:
            if skill_id in found:
                raise Wrong(Mistake(shown(path), f"`{skill_id}` is a skill that is shipped: name yours otherwise."))
            if area not in areas:
                raise Wrong(Mistake(shown(path), f"`{area}` is not in areas.toml."))
            if not own.NAME.fullmatch(name):
                raise Wrong(Mistake(shown(path), f"`{name}` must be lower-case words joined by hyphens."))
            raw, text = self._read(path)
            if "id" in raw:
                raise Wrong(Mistake(shown(path), "remove `id`: the folder says it.", line_at(text, ".id")))
            found[skill_id] = self._convert({**raw, "id": skill_id}, Skill, path, text)
            if self._is_mine(path):
                self.own_skills.add(skill_id)
        except Wrong as wrong:
            self._add(wrong.mistake, path)
            if skill_id not in found:
                self.broken.add(skill_id)

    def _with_known_requirements(self, skills: dict[str, Skill]) -> dict[str, Skill]:
        return {
            skill.id: replace(skill, requires=self._known(skill.requires, skills, self._file(skill.id)))
            for skill in skills.values()
        }

    def _without_cycles(self, skills: dict[str, Skill]) -> dict[str, Skill]:
        while found := graph.cycle({skill.id: skill.requires for skill in skills.values()}):
            # each of them is required by the next; cut at the last so that the rest can be used
            needed, skill_id = found[-2:]
            path = self._file(skill_id)
            chain = " -> ".join(reversed(found))
            sentence = f"`requires` goes in a circle: {chain}."
            self._mistake(path, sentence, line_of(path, f'"{needed}"'))
            kept = tuple(other for other in skills[skill_id].requires if other != needed)
            skills = {**skills, skill_id: replace(skills[skill_id], requires=kept)}
        return skills

    def _resources(self, skills: Mapping[str, Skill]) -> Iterable[Resource]:
        path, taken = self.root / "resources.toml", set[str]()
        for resource in self._list(path, "resource", Resource):
            taken.add(resource.id)
            yield replace(resource, skills=self._known(resource.skills, skills, path, after=f'"{resource.id}"'))
        if self.mine and (path := self.mine / "resources.toml").exists():
            for resource in self._list(path, "resource", Resource):
                if resource.id in taken:
                    line = line_of(path, f'"{resource.id}"')
                    self._mistake(path, f"the resource `{resource.id}` is shipped: name yours otherwise.", line)
                    continue
                yield replace(resource, skills=self._known(resource.skills, skills, path, after=f'"{resource.id}"'))

    def _roads(self, skills: Mapping[str, Skill]) -> dict[str, Road]:
        roads: dict[str, Road] = {}
        paths = sorted(self.root.glob("roads/*.toml"), key=lambda path: (path.stem != CANONICAL, path.stem))
        mine = sorted(self.mine.glob("roads/*.toml")) if self.mine else []
        if self.mine and len(mine) > own.MOST_ROADS:
            sentence = f"there are {len(mine):,} roads; the first {own.MOST_ROADS} are read."
            self._mistake(self.mine / "roads", sentence)
        for path in (*paths, *mine[: own.MOST_ROADS]):
            try:
                if path.stem in roads:
                    raise Wrong(Mistake(shown(path), f"the road `{path.stem}` is shipped: name the file otherwise."))
                if self._is_mine(path) and not own.is_name(path.stem):
                    raise Wrong(Mistake(shown(path), f"`{path.stem}` must be lower-case words joined by hyphens."))
                roads[path.stem] = self._road(path, skills)
            except Wrong as wrong:
                self._add(wrong.mistake, path)
        return roads

    def _road(self, path: Path, skills: Mapping[str, Skill]) -> Road:
        raw, text = self._read(path)
        road = self._convert(_with_topics({**raw, "id": path.stem}, path, text), Road, path, text)
        return replace(
            road,
            steps=tuple(self._step(step, skills, path) for step in road.steps),
            projects=tuple(self._project(project, skills, path) for project in road.projects),
            interview=tuple(self._question(question, skills, path) for question in road.interview),
        )

    def _own_roads(self, roads: Mapping[str, Road]) -> Iterable[str]:
        return (road for road in roads if self.mine and not (self.root / "roads" / f"{road}.toml").exists())

    def _step(self, step: Step, skills: Mapping[str, Skill], path: Path) -> Step:
        known = self._known(step.skills, skills, path, after=f'"{step.title}"')
        return replace(step, skills=known, topics=self._topics(step.topics, skills, path, step.title))

    def _project(self, project: Project, skills: Mapping[str, Skill], path: Path) -> Project:
        return replace(project, topics=self._topics(project.topics, skills, path, project.title))

    def _question(self, question: Question, skills: Mapping[str, Skill], path: Path) -> Question:
        return replace(question, skills=self._known(question.skills, skills, path, after=f'"{question.question}"'))

    def _topics(
        self, topics: tuple[Topic, ...], skills: Mapping[str, Skill], path: Path, title: str
    ) -> tuple[Topic, ...]:
        return tuple(
            replace(topic, skills=self._known(topic.skills, skills, path, after=f'"{title}"')) for topic in topics
        )

    def _known(self, ids: tuple[str, ...], skills: Mapping[str, Skill], path: Path, after: str = "") -> tuple[str, ...]:
        """The ids that exist; the others are mistakes, unless their own file was already reported."""
        for unknown in ids:
            if unknown in skills or unknown in self.broken or self._enough(path):
                continue
            near = difflib.get_close_matches(unknown, skills, 1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            line = line_of(path, f'"{unknown}"', after)
            self._mistake(path, f"there is no skill `{unknown[:80]}`.{meant}", line)
        return tuple(one for one in ids if one in skills)

    def _enough(self, path: Path) -> bool:
        return self._is_mine(path) and len(self.own_mistakes) >= MOST_MISTAKES

    def _file(self, skill_id: str) -> Path:
        root = self.mine if self.mine and skill_id in self.own_skills else self.root
        return root.joinpath("skills", *skill_id.split(".", 1), "skill.toml")


def _printable(text: str) -> str:
    """Sentences quote the file, which may hold anything, and are printed to a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _served(resources: Iterable[Resource], skills: Iterable[str]) -> dict[str, tuple[Resource, ...]]:
    found: dict[str, list[Resource]] = {skill: [] for skill in skills}
    for resource in resources:
        for skill in dict.fromkeys(resource.skills):
            found[skill].append(resource)
    return {skill: tuple(listed) for skill, listed in found.items()}


def _rank(roads: Mapping[str, Road], skills: Mapping[str, Skill]) -> dict[str, int]:
    """The canonical road's order, so that the curriculum's own order is the same wherever it can be."""
    canonical = roads.get(CANONICAL)
    first = canonical.skills if canonical else ()
    return {skill: number for number, skill in enumerate(dict.fromkeys((*first, *skills)))}


def _with_topics(raw: dict[str, Any], path: Path, text: str) -> dict[str, Any]:
    """The file's `[[step]]`, `[[project]]` and `topic = skill` or `topic = [skills]` as the nouns name them."""
    for key, field in (("step", "steps"), ("project", "projects")):
        tables = raw.pop(key, [])
        if not isinstance(tables, list):
            raise Wrong(Mistake(shown(path), f"`{key}` must be a list of tables: [[{key}]].", line_at(text, f".{key}")))
        raw[field] = [_spread(table, f".{field}[{number}]", path, text) for number, table in enumerate(tables)]
    return raw


def _spread(table: Any, pointer: str, path: Path, text: str) -> Any:
    topics = table.get("topics", {}) if isinstance(table, dict) else None
    if not isinstance(topics, dict):
        line = line_at(text, f"{pointer}.topics")
        raise Wrong(Mistake(shown(path), f"`{pointer[1:]}.topics` must be a table of topic = skill.", line))
    listed = [
        {"title": title, "skills": [skill] if isinstance(skill, str) else skill} for title, skill in topics.items()
    ]
    return {**table, "topics": listed}
