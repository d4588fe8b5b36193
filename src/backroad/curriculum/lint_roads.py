"""What is wrong with the roads: published facts that are missing, skills out of place, labs too early."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from backroad.curriculum.model import CANONICAL, Curriculum, Mistake, Road, Step
from backroad.curriculum.read import line_of, shown

PUBLISHED = ("build-and-interview", "complete-guide", "essentials-2026", "language-agnostic", "stepwise-2026")
TOPICS = 244
"""Distinct topics that the five published roads name."""

Labs = Mapping[str, Sequence[str]]
"""Slug -> the skills that the lab requires."""
Rule = Callable[[Curriculum, Road], Iterable[Mistake]]


def lint_roads(curriculum: Curriculum, labs: Labs | None) -> Iterator[Mistake]:
    folder = curriculum.root / "roads"
    for road_id in (CANONICAL, *PUBLISHED):
        if road_id not in curriculum.roads:
            yield Mistake(shown(folder / f"{road_id}.toml"), "the road is missing.")
    topics = {topic.title for road in curriculum.roads.values() for topic in road.topics}
    if len(topics) != TOPICS:
        yield Mistake(shown(folder), f"the roads name {len(topics)} distinct topics; {TOPICS} were published.")
    for road in curriculum.roads.values():
        yield from lint_road(curriculum, road, labs)


def lint_road(curriculum: Curriculum, road: Road, labs: Labs | None) -> Iterator[Mistake]:
    for rule in RULES:
        yield from rule(curriculum, road)
    yield from _labs(curriculum, road, labs)
    if road.id == CANONICAL:
        yield from _canonical(curriculum, road)


def _source(curriculum: Curriculum, road: Road) -> Iterator[Mistake]:
    expected = road.id if road.id in PUBLISHED else ""
    if road.source != expected:
        said = f'`source` must be "{expected}".' if expected else "only a published road has a `source`."
        yield _in(curriculum, road, said, "source")


def _once(curriculum: Curriculum, road: Road) -> Iterator[Mistake]:
    for skill, times in Counter(road.skills).items():
        if times > 1:
            yield _in(curriculum, road, f"`{skill}` is listed {times} times; list it in its first step only.", skill)


def _weeks(curriculum: Curriculum, road: Road) -> Iterator[Mistake]:
    for step in road.steps:
        if step.weeks and not 1 <= step.weeks[0] <= step.weeks[1]:
            sentence = f'"{step.title}": `weeks` must be [lowest, highest], each at least 1.'
            yield _in(curriculum, road, sentence, "weeks", step)


def _steps(curriculum: Curriculum, road: Road) -> Iterator[Mistake]:
    """A topic is taught in its own step or was in an earlier one; no step is empty."""
    taught: set[str] = set()
    for step in road.steps:
        taught |= set(step.skills)
        if not step.skills and not step.labs and not step.topics:
            yield _in(curriculum, road, f'"{step.title}" holds neither skills nor labs.', step.title)
        for topic in step.topics:
            for skill in topic.skills:
                if skill not in taught:
                    sentence = f'"{step.title}": `{skill}` teaches "{topic.title}" but is not in the road by then.'
                    yield _in(curriculum, road, sentence, f'"{topic.title}"', step)


def _order(curriculum: Curriculum, road: Road) -> Iterator[Mistake]:
    """Between steps a published order stands as it is; within a step, `requires` decides."""
    for step in road.steps:
        for place, skill in enumerate(step.skills):
            for later in step.skills[place + 1 :]:
                if later in curriculum.ancestors[skill]:
                    sentence = f'"{step.title}": `{skill}` requires `{later}`, which stands after it.'
                    yield _in(curriculum, road, sentence, f'"{skill}"', step)


def _canonical(curriculum: Curriculum, road: Road) -> Iterator[Mistake]:
    for skill in curriculum.skills:
        if skill not in road.skills:
            yield _in(curriculum, road, f"`{skill}` is missing: the canonical road holds every skill.", "")
    past: set[str] = set()
    for step in road.steps:
        for skill in step.skills:
            for needed in curriculum.skills[skill].requires:
                if needed not in past and needed not in step.skills:
                    sentence = f'"{step.title}": `{skill}` requires `{needed}`, which no earlier step holds.'
                    yield _in(curriculum, road, sentence, f'"{skill}"', step)
            past.add(skill)
        if step.topics:
            yield _in(curriculum, road, f'"{step.title}": only published roads have topics.', "topics", step)


def _labs(curriculum: Curriculum, road: Road, labs: Labs | None) -> Iterator[Mistake]:
    if labs is None:
        return
    past: set[str] = set()
    for step in road.steps:
        past |= set(step.skills)
        for lab in step.labs:
            if lab not in labs:
                yield _in(curriculum, road, f'"{step.title}": there is no lab `{lab}`.', f'"{lab}"', step)
            elif road.id == CANONICAL and (early := [skill for skill in labs[lab] if skill not in past]):
                sentence = (
                    f'"{step.title}": the lab `{lab}` requires {", ".join(early)}, which no step up to here holds.'
                )
                yield _in(curriculum, road, sentence, f'"{lab}"', step)
    for project in road.projects:
        for lab in project.labs:
            if lab not in labs:
                yield _in(curriculum, road, f'"{project.title}": there is no lab `{lab}`.', f'"{lab}"')


def _in(curriculum: Curriculum, road: Road, sentence: str, near: str, step: Step | None = None) -> Mistake:
    path = curriculum.road_file(road.id)
    return Mistake(shown(path), sentence, line_of(path, near, after=f'"{step.title}"' if step else "") if near else 0)


RULES: tuple[Rule, ...] = (_source, _once, _weeks, _steps, _order)
