"""From a road and what a learner has done to the items that the planner places."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from backroad.curriculum import Curriculum, Road
from backroad.planner.model import Item, Stage


class StageOutline(msgspec.Struct, frozen=True):
    title: str
    minutes: int
    checks: tuple[str, ...]
    """Refs of its checks as evidence names them: `shortener/links.redirects`."""


class LabOutline(msgspec.Struct, frozen=True):
    """What the plan and the road need to know of a lab."""

    slug: str
    title: str
    summary: str
    minutes: int
    requires: tuple[str, ...]
    stages: tuple[StageOutline, ...]


class Done(msgspec.Struct, frozen=True):
    """What a learner has done, as far as the plan cares."""

    read: frozenset[str] = frozenset()
    """Skills whose lesson was marked as read."""
    answered: Mapping[str, int] = {}
    """Skill -> number of its drills that were answered at least once."""
    passed: frozenset[str] = frozenset()
    """Refs of checks that passed the last time they ran."""
    placed: frozenset[str] = frozenset()
    """Skills that a placement credits as probably known."""
    minutes: Mapping[str, int] = {}
    """Skill -> minutes spent on its drills, lab -> on building it."""


def items_of(
    road: Road,
    curriculum: Curriculum,
    labs: Mapping[str, LabOutline],
    drills: Mapping[str, int],
    *,
    track: str | None = None,
    done: Done = Done(),  # noqa: B008 - frozen
) -> tuple[Item, ...]:
    """The road's skills and labs in its order; what a skill requires and the road leaves out comes just before it."""
    items: dict[str, Item] = {}
    for step in road.steps:
        for skill_id in step.skills:
            if not curriculum.skill(skill_id).suits(track):
                continue
            for needed in curriculum.with_requirements([skill_id]):
                if needed not in items:
                    items[needed] = _skill(curriculum, needed, drills.get(needed, 0), done, optional=step.optional)
        for slug in step.labs:
            if slug in labs and slug not in items:
                for needed in curriculum.with_requirements(labs[slug].requires):
                    if needed not in items:
                        items[needed] = _skill(curriculum, needed, drills.get(needed, 0), done, optional=step.optional)
                items[slug] = _lab(labs[slug], done, optional=step.optional)
    return tuple(items.values())


def _skill(curriculum: Curriculum, skill_id: str, drills: int, done: Done, *, optional: bool) -> Item:
    skill = curriculum.skill(skill_id)
    answered = done.answered.get(skill_id, 0)
    placed = skill_id in done.placed
    learned = placed or skill_id in done.read or answered > 0
    return Item(
        id=skill_id,
        kind="skill",
        title=skill.title,
        minutes=skill.minutes,
        requires=skill.requires,
        optional=optional,
        drills=drills,
        learned=learned,
        drilled=drills > 0 and (placed or answered >= drills),
        done_minutes=done.minutes.get(skill_id, 0) if learned else 0,
    )


def _lab(lab: LabOutline, done: Done, *, optional: bool) -> Item:
    stages = tuple(Stage(stage.title, stage.minutes, stage_done(stage, done.passed)) for stage in lab.stages)
    finished = sum(stage.minutes for stage in stages if stage.done)
    return Item(
        id=lab.slug,
        kind="lab",
        title=lab.title,
        minutes=lab.minutes,
        requires=lab.requires,
        optional=optional,
        stages=stages,
        done_minutes=max(0, done.minutes.get(lab.slug, 0) - finished),
    )


def stage_done(stage: StageOutline, passed: Iterable[str] | frozenset[str]) -> bool:
    return all(check in passed for check in stage.checks)


def stages_done(lab: LabOutline, passed: frozenset[str]) -> int:
    return sum(stage_done(stage, passed) for stage in lab.stages)


def next_skill(items: Sequence[Item]) -> str | None:
    """The first skill on the road that is not finished and whose requirements are."""
    finished = {item.id for item in items if item.learned and (item.drilled or not item.drills)}
    known = {item.id for item in items}
    for item in items:
        ready = all(needed in finished or needed not in known for needed in item.requires)
        if item.kind == "skill" and item.id not in finished and ready:
            return item.id
    return None
