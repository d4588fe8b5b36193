"""What is wrong with the curriculum beyond what keeps it from loading: one sentence for each mistake."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from backroad.curriculum import graph
from backroad.curriculum.lint_roads import lint_roads
from backroad.curriculum.load import load
from backroad.curriculum.model import LANGUAGES, Curriculum, Mistake, Skill
from backroad.curriculum.read import line_of, shown

RESOURCE_GROUPS = 20
GROUP_SIZE = 5
MANUAL = "manual"
MOST_ROOTS = 8
_LINK = re.compile(r"https://[a-z0-9-]+(\.[a-z0-9-]+)+(/[^\s<>\"#]*)")

Rule = Callable[[Curriculum], Iterable[Mistake]]


def lint(root: Path | None = None, labs: Mapping[str, Sequence[str]] | None = None) -> tuple[Mistake, ...]:
    """Every mistake in the curriculum at `root`. `labs`: the skills that each lab requires, by its slug; without it,
    what the roads say of labs is not judged."""
    curriculum = load(root, strict=False)
    found = [mistake for rule in RULES for mistake in rule(curriculum)]
    return (*curriculum.problems, *found, *lint_roads(curriculum, labs))


def _claims(curriculum: Curriculum) -> Iterator[Mistake]:
    for skill in curriculum.skills.values():
        if not (skill.claim.startswith("You can ") and skill.claim.endswith(".")):
            yield _of(curriculum, skill, 'the claim must be one sentence that starts with "You can".', "claim")
        if skill.title.endswith("."):
            yield _of(curriculum, skill, "the title must not end with a full stop.", "title")


def _twins(curriculum: Curriculum) -> Iterator[Mistake]:
    for field in ("title", "claim"):
        first: dict[str, str] = {}
        for skill in curriculum.skills.values():
            said: str = getattr(skill, field).casefold()
            if said in first:
                yield _of(curriculum, skill, f"`{first[said]}` has the same {field}.", field)
            first.setdefault(said, skill.id)


def _requirements(curriculum: Curriculum) -> Iterator[Mistake]:
    requires = {skill.id: skill.requires for skill in curriculum.skills.values()}
    for skill_id, other in graph.redundant(requires):
        sentence = f"`{other}` is implied by what the skill requires already: remove it."
        yield _of(curriculum, curriculum.skills[skill_id], sentence, other)
    for skill in curriculum.skills.values():
        if len(set(skill.requires)) < len(skill.requires):
            yield _of(curriculum, skill, "a requirement is listed twice.", "requires")
        yield from _foreign(curriculum, skill)


def _foreign(curriculum: Curriculum, skill: Skill) -> Iterator[Mistake]:
    """A skill for everyone must not require one that only some languages have."""
    for other in skill.requires:
        tracks = curriculum.skills[other].tracks
        if tracks and not (skill.tracks and set(skill.tracks) <= set(tracks)):
            missing = [track for track in skill.tracks or LANGUAGES if track not in tracks]
            yield _of(curriculum, skill, f"it requires `{other}`, which is not for {', '.join(missing)}.", other)


def _reachable(curriculum: Curriculum) -> Iterator[Mistake]:
    requires = {skill.id: skill.requires for skill in curriculum.skills.values()}
    roots = graph.roots(requires)
    for skill_id in roots:
        if not curriculum.unlocks[skill_id]:
            sentence = "unreachable: it requires nothing and nothing requires it."
            yield _of(curriculum, curriculum.skills[skill_id], sentence, "requires")
    if len(roots) > MOST_ROOTS:
        sentence = f"{len(roots)} skills require nothing ({', '.join(roots)}); at most {MOST_ROOTS} may."
        yield Mistake(shown(curriculum.root / "skills"), sentence)


def _areas(curriculum: Curriculum) -> Iterator[Mistake]:
    path = curriculum.root / "areas.toml"
    for area in curriculum.areas.values():
        if not curriculum.in_area(area.id):
            yield Mistake(shown(path), f"the area `{area.id}` has no skill.", line_of(path, f'"{area.id}"'))


def _folders(curriculum: Curriculum) -> Iterator[Mistake]:
    for folder in sorted(curriculum.root.glob("skills/*/*")):
        if folder.is_dir() and not (folder / "skill.toml").is_file():
            yield Mistake(shown(folder), "the folder has no skill.toml.")


def _links(curriculum: Curriculum) -> Iterator[Mistake]:
    path = curriculum.root / "resources.toml"
    times = Counter(resource.url for resource in curriculum.resources)
    for resource in curriculum.resources:
        line = line_of(path, "url =", after=f'"{resource.id}"')
        if not _LINK.fullmatch(resource.url):
            sentence = f"`{resource.id}`: the link must be https://host/path without a fragment, not {resource.url}."
            yield Mistake(shown(path), sentence, line)
        if times[resource.url] > 1:
            yield Mistake(shown(path), f"`{resource.id}`: another resource has the same link.", line)


def _groups(curriculum: Curriculum) -> Iterator[Mistake]:
    path = shown(curriculum.root / "resources.toml")
    sizes = Counter(resource.group for resource in curriculum.resources if resource.group != MANUAL)
    published = RESOURCE_GROUPS * GROUP_SIZE
    if len(sizes) != RESOURCE_GROUPS or sizes.total() != published:
        sentence = f"{sizes.total()} published resources in {len(sizes)} groups; there are {published} in"
        yield Mistake(path, f"{sentence} {RESOURCE_GROUPS}.")
    for group, size in sizes.items():
        if size != GROUP_SIZE:
            yield Mistake(path, f"the group `{group}` has {size} resources; it was published with {GROUP_SIZE}.")


def _served(curriculum: Curriculum) -> Iterator[Mistake]:
    path = shown(curriculum.root / "resources.toml")
    for skill in curriculum.skills.values():
        without = [track for track in skill.tracks or LANGUAGES if not curriculum.resources_for(skill.id, track)]
        if without:
            yield Mistake(path, f"no resource serves `{skill.id}` for {', '.join(without)}.")


def _of(curriculum: Curriculum, skill: Skill, sentence: str, near: str) -> Mistake:
    path = curriculum.folder(skill.id) / "skill.toml"
    return Mistake(shown(path), sentence, line_of(path, near))


RULES: tuple[Rule, ...] = (
    _claims,
    _twins,
    _requirements,
    _reachable,
    _areas,
    _folders,
    _links,
    _groups,
    _served,
)
