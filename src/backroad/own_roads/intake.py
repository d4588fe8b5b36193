"""A clone's roadmap as a road of the learner's own: what we teach already is ours, the rest becomes own skills.

All of it is marked private: the clone's licence lets its owner read it and forbids publishing it again.
"""

import re
import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from backroad.curriculum import Curriculum, Road, Step
from backroad.curriculum.own import LONGEST_NAME, LONGEST_RESOURCES, MOST_SKILLS, own_dir
from backroad.kit import files
from backroad.kit.errors import Problem
from backroad.own_roads import clone
from backroad.own_roads.actions import free_name, road_path, slug
from backroad.own_roads.arrange import arrange
from backroad.own_roads.toml_text import road_text, skill_text, text

MINUTES = 45
"""Of a topic, until its learner says otherwise."""
LINK_MINUTES = 15
GROUP = "roadmap.sh"
_AROUND = re.compile(
    r"^(what (is|are) (an? |the )?|how does (the )?|how do |introduction to |learn (the )?)|"
    r"( and how (it|they) works?| works?)$"
)


class Taken(msgspec.Struct, frozen=True):
    """What an import made."""

    road: str
    file: Path
    mapped: dict[str, str]
    """Title of a topic -> the shipped skill that teaches it."""
    made: int
    links: int
    odd: tuple[str, ...]
    """What was not understood."""


class _Made(msgspec.Struct):
    """Files to write, by path below own content."""

    files: dict[str, str] = {}
    resources: list[str] = []
    mapped: dict[str, str] = {}
    skills: int = 0


def take(curriculum: Curriculum, home: Path, folder: Path, *, roadmap: str, name: str = "") -> Taken:
    """Read the roadmap and write it as a road, its skills and its links. All of it or nothing."""
    found = clone.read(folder, roadmap)
    road_id, title = free_name(curriculum, home, name or f"{found.name}-roadmap")
    own = own_dir(home)
    if road_id in curriculum.areas or (own / "skills" / road_id).exists():
        raise Problem(f"There is an area {road_id} already.", "Choose another name with --name.", status=409)
    if len(curriculum.own_skills) + len(found.topics) > MOST_SKILLS:
        raise Problem(f"There would be more than {MOST_SKILLS:,} skills of your own.", "Remove a road's skills first.")
    made = _Made()
    road = _road(found, curriculum, road_id, title, made)
    _write(own, road, made)
    return Taken(road_id, road_path(home, road_id), made.mapped, made.skills, len(made.resources), found.odd)


def _road(found: clone.Clone, curriculum: Curriculum, road_id: str, title: str, made: _Made) -> Road:
    known, taken, named = known_topics(curriculum), set[str](), set[str]()
    steps = []
    for head, below in arrange(found):
        skills: list[str] = []
        above: tuple[str, ...] = ()
        for topic in (head, *below):
            skill = known.get(plain(topic.label), "")
            if skill:
                made.mapped[topic.label] = skill
            else:
                skill = _skill(topic, road_id, above, named, made)
                if topic is head:
                    above = (skill,)
            _links(topic, skill, road_id, made)
            if skill not in taken:
                taken.add(skill)
                skills.append(skill)
        if skills:
            steps.append(Step(title=head.label, skills=_required_first(skills, curriculum)))
    about = f"Read from your own clone of roadmap.sh ({found.name}); private."
    return Road(id=road_id, title=title, about=about, steps=tuple(steps), private=True)


def _required_first(skills: list[str], curriculum: Curriculum) -> tuple[str, ...]:
    """As they are, but a shipped skill that another of them requires comes before it."""
    ordered: list[str] = []
    for skill in skills:
        above = curriculum.ancestors.get(skill, frozenset())
        ordered += [one for one in curriculum.order if one in above and one in skills and one not in ordered]
        ordered += [skill] if skill not in ordered else []
    return tuple(ordered)


def _skill(topic: clone.Topic, area: str, above: tuple[str, ...], named: set[str], made: _Made) -> str:
    base = slug(topic.label)[: LONGEST_NAME - 5].strip("-") or "topic"
    name, number = base, 2
    while name in named:
        name, number = f"{base}-{number}", number + 1
    named.add(name)
    claim = f"You can explain “{topic.label}” to a colleague, with an example."
    folder = f"skills/{area}/{name}"
    made.files[f"{folder}/skill.toml"] = skill_text(topic.label, claim, above, MINUTES, private=True)
    if topic.text:
        made.files[f"{folder}/lesson.md"] = topic.text + "\n"
    made.skills += 1
    return f"{area}.{name}"


def _links(topic: clone.Topic, skill: str, road_id: str, made: _Made) -> None:
    for link in topic.links:
        made.resources.append(
            f"\n[[resource]]\nid = {text(f'{road_id}-{len(made.resources) + 1}')}\ntitle = {text(link.title)}\n"
            f"url = {text(link.url)}\ngroup = {text(GROUP)}\nminutes = {LINK_MINUTES}\nskills = [{text(skill)}]\n"
            "private = true\n"
        )


def known_topics(curriculum: Curriculum) -> Mapping[str, str]:
    """Plain title -> shipped skill. Conservative: a topic that several skills teach, or two roads read differently,
    is nobody's."""
    found: dict[str, set[str]] = {}
    for road in curriculum.roads.values():
        if road.id not in curriculum.own_roads:
            for topic in road.topics:
                found.setdefault(plain(topic.label), set()).update(topic.skills)
    known = {title: next(iter(skills)) for title, skills in found.items() if len(skills) == 1}
    titles = {
        plain(skill.title): skill.id for skill in curriculum.skills.values() if skill.id not in curriculum.own_skills
    }
    return known | titles


def plain(title: str) -> str:
    """A title without what titles differ in: case, punctuation, `What is …?`."""
    words = " ".join(re.findall(r"[a-z0-9+#.]+", title.casefold().replace("'", "")))
    return _AROUND.sub("", words.strip(" .")).strip(" .")


def _write(own: Path, road: Road, made: _Made) -> None:
    """The road last: until it is there, nothing names what was written before."""
    skills = own / "skills" / road.id
    shared = ("areas.toml", "resources.toml")
    before = {name: _text_of(own / name) for name in shared if (own / name).exists()}
    area = f"\n[[area]]\nid = {text(road.id)}\ntitle = {text(road.title)}\nabout = {text(road.about)}\nprivate = true\n"
    areas = (before.get("areas.toml", "") + area).lstrip("\n")
    resources = (before.get("resources.toml", "") + "".join(made.resources)).lstrip("\n")
    if len(resources.encode()) > LONGEST_RESOURCES:
        raise Problem("resources.toml would be too large with these links.", "Remove another import's links first.")
    comments = [
        "Read from your own clone of roadmap.sh. Private: for you alone, and left out of whatever is made for others.",
        "The order was inferred from the drawing; change it as you like.",
    ]
    try:
        for name, content in made.files.items():
            files.put(own / name, content)
        files.put(own / "areas.toml", areas)
        if made.resources:
            files.put(own / "resources.toml", resources)
        files.put(own / "roads" / f"{road.id}.toml", road_text(road, comments))
    except BaseException:
        shutil.rmtree(skills, ignore_errors=True)
        for name in shared:
            if name in before:
                files.put(own / name, before[name])
            else:
                (own / name).unlink(missing_ok=True)
        raise


def _text_of(path: Path) -> str:
    try:
        found = path.read_bytes().decode()
        tomllib.loads(found)
    except (OSError, ValueError, RecursionError) as error:
        raise Problem(f"{path} cannot be read: {error}.", "Correct it first; nothing was changed.") from None
    return found if found.endswith("\n") else found + "\n"
