"""Reads `content/` into a `Curriculum`.

Every mistake is recorded and what it concerns is left out, so that the rest is whole: all ids exist and
`requires` has no cycle. An author wants the mistakes (`strict`); a learner wants the rest.
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from msgspec.structs import replace

from backroad.curriculum import graph
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
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load(root: Path | None = None, *, strict: bool = True) -> Curriculum:
    """The curriculum in `root` (default: the shipped one). Strict: a `Problem` if anything is wrong with it; else
    broken files and dangling ids are left out and listed in `problems`."""
    loaded = _Loading(root or content_dir()).curriculum()
    if strict and loaded.problems:
        first, *others = (mistake.sentence for mistake in loaded.problems)
        raise Problem(first, "\n".join(others))
    return loaded


class _Loading:
    def __init__(self, root: Path) -> None:
        self.root = root
        self.mistakes: list[Mistake] = []
        self.broken: set[str] = set()

    def curriculum(self) -> Curriculum:
        if not self.root.is_dir():
            raise Problem(f"There is no curriculum at {shown(self.root)}.", "Install Backroad again.", status=500)
        areas = {area.id: area for area in self._list("areas.toml", "area", Area)}
        skills = self._without_cycles(self._with_known_requirements(self._skills(areas)))
        roads = {road.id: road for road in self._roads(skills)}
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
            served=MappingProxyType(
                {skill: tuple(one for one in resources if skill in one.skills) for skill in skills}
            ),
            problems=tuple(self.mistakes),
        )

    def _list(self, name: str, key: str, noun: type[Listed]) -> list[Listed]:
        """The `[[key]]` tables of a file of `content/`; their ids are unique."""
        path = self.root / name
        found: dict[str, Listed] = {}
        try:
            raw, text = parse(path)
        except Wrong as wrong:
            self.mistakes.append(wrong.mistake)
            return []
        tables = raw.get(key, [])
        if not isinstance(tables, list):
            self.mistakes.append(Mistake(shown(path), f"write [[{key}]] above each table.", line_at(text, f".{key}")))
            return []
        for number, one in enumerate(tables):
            try:
                item = convert(one, noun, path, text)
            except Wrong as wrong:
                line = line_at(text, f".{key}[{number}]")
                self.mistakes.append(replace(wrong.mistake, line=line))
                continue
            if item.id in found:
                line = line_at(text, f".{key}[{number}]")
                self.mistakes.append(Mistake(shown(path), f"there are two of `{item.id}`.", line))
            else:
                found[item.id] = item
        return list(found.values())

    def _skills(self, areas: Mapping[str, Area]) -> dict[str, Skill]:
        found: dict[str, Skill] = {}
        for path in sorted(self.root.glob("skills/*/*/skill.toml")):
            area, name = path.parts[-3:-1]
            skill_id = f"{area}.{name}"
            if not areas:
                self.broken.add(skill_id)  # areas.toml is broken, and was reported once
                continue
            try:
                if area not in areas:
                    raise Wrong(Mistake(shown(path), f"`{area}` is not in areas.toml."))
                if not NAME.fullmatch(name):
                    raise Wrong(Mistake(shown(path), f"`{name}` must be lower-case words joined by hyphens."))
                raw, text = parse(path)
                if "id" in raw:
                    raise Wrong(Mistake(shown(path), "remove `id`: the folder says it.", line_at(text, ".id")))
                found[skill_id] = convert({**raw, "id": skill_id}, Skill, path, text)
            except Wrong as wrong:
                self.mistakes.append(wrong.mistake)
                self.broken.add(skill_id)
        return found

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
            self.mistakes.append(Mistake(shown(path), sentence, line_of(path, f'"{needed}"')))
            kept = tuple(other for other in skills[skill_id].requires if other != needed)
            skills = {**skills, skill_id: replace(skills[skill_id], requires=kept)}
        return skills

    def _resources(self, skills: Mapping[str, Skill]) -> Iterable[Resource]:
        path = self.root / "resources.toml"
        for resource in self._list(path.name, "resource", Resource):
            known = self._known(resource.skills, skills, path, after=f'"{resource.id}"')
            yield replace(resource, skills=known)

    def _roads(self, skills: Mapping[str, Skill]) -> Iterable[Road]:
        paths = sorted(self.root.glob("roads/*.toml"), key=lambda path: (path.stem != CANONICAL, path.stem))
        for path in paths:
            try:
                raw, text = parse(path)
                road = convert(_with_topics({**raw, "id": path.stem}, path, text), Road, path, text)
            except Wrong as wrong:
                self.mistakes.append(wrong.mistake)
                continue
            yield replace(
                road,
                steps=tuple(self._step(step, skills, path) for step in road.steps),
                projects=tuple(self._project(project, skills, path) for project in road.projects),
                interview=tuple(self._question(question, skills, path) for question in road.interview),
            )

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
            if unknown in skills or unknown in self.broken:
                continue
            near = difflib.get_close_matches(unknown, skills, 1)
            meant = f" Did you mean `{near[0]}`?" if near else ""
            line = line_of(path, f'"{unknown}"', after)
            self.mistakes.append(Mistake(shown(path), f"there is no skill `{unknown}`.{meant}", line))
        return tuple(one for one in ids if one in skills)

    def _file(self, skill_id: str) -> Path:
        return self.root.joinpath("skills", *skill_id.split(".", 1), "skill.toml")


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
