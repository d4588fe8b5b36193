"""What a course may open, and how much of it somebody has done. The score is pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from backroad.curriculum import Curriculum
from backroad.kit.errors import NotFound, Problem
from backroad.kit.say import plural
from backroad.labs.library import LabLibrary
from backroad.lti.model import Content, Counted
from backroad.progress.model import Evidence, Facts
from backroad.progress.standing import in_order, judge

MARK = "backroad"
"""The custom parameter that says what a link opens."""


class Ground(NamedTuple):
    """What there is to open."""

    curriculum: Curriculum
    labs: LabLibrary
    facts: Facts


class Score(NamedTuple):
    given: int
    maximum: int
    comment: str


def read_content(name: str, counted: str, ground: Ground) -> Content:
    """From `lab:shortener` and the like. Raises a Problem for what is not there, or is somebody's own."""
    kind, _, ref = name.partition(":")
    which: Counted = "supervised" if counted == "supervised" else "any"
    curriculum = ground.curriculum
    if kind == "lab":
        return Content("lab", ground.labs.get(ref).slug, which)
    if kind == "road" and ref in curriculum.roads and ref not in curriculum.own_roads:
        return Content("road", ref, which)
    if kind == "skill" and ref in curriculum.skills and ref not in curriculum.private_skills | curriculum.own_skills:
        return Content("skill", ref, "any")  # answers to drills are never supervised
    if kind in ("road", "skill"):
        raise NotFound(f"There is no {kind} {ref[:80]!r} for courses.")
    raise Problem(f"A course cannot open {name[:80]!r}.", "Name a skill, a lab or a road: lab:shortener.")


def content_of(custom: Mapping[str, str], ground: Ground) -> Content | None:
    """None where the link says nothing: then it opens Backroad itself."""
    name = custom.get(MARK, "")
    return read_content(name, custom.get("counted", ""), ground) if name else None


def title_of(content: Content, ground: Ground) -> str:
    if content.kind == "lab":
        return f"Lab: {ground.labs.get(content.ref).title}"
    if content.kind == "road":
        return f"Road: {ground.curriculum.road(content.ref).title}"
    return f"Drills: {ground.curriculum.skill(content.ref).title}"


def path_of(content: Content) -> str:
    return {"lab": "/labs/", "road": "/roads/", "skill": "/skills/"}[content.kind] + content.ref


def score_of(content: Content, ledger: Sequence[Evidence], ground: Ground) -> Score:
    """How many of its checks passed the last time, its drills were answered right the last time, or its skills stand as
    proven, of how many there are."""
    counts = [item for item in ledger if content.counted == "any" or item.provenance != "self-run"]
    if content.kind == "lab":
        refs = {f"{content.ref}/{item.id}" for item in ground.labs.get(content.ref).checks()}
        done, what = _last_passed(counts, refs, ("check",)), "check"
    elif content.kind == "skill":
        prefix = f"{content.ref}/"
        own = [item for item in counts if not item.detail.get("self_graded")]
        refs = {item.ref for item in own if item.ref.startswith(prefix)}
        done, what = _last_passed(own, refs, ("drill", "review")), "drill"
        return _said(done, max(ground.facts.drills.get(content.ref, 0), len(refs)), what, content, counts)
    else:
        refs = set(ground.curriculum.road(content.ref).skills)
        by_skill: dict[str, list[Evidence]] = {}
        for item in counts:
            by_skill.setdefault(item.skill, []).append(item)
        done = sum(judge(skill, by_skill.get(skill, []), ground.facts).level == "proven" for skill in refs)
        what = "skill"
    return _said(done, len(refs), what, content, counts)


def _last_passed(evidence: Iterable[Evidence], refs: set[str], sources: tuple[str, ...]) -> int:
    decided = [item for item in in_order(evidence) if item.outcome != "unclear" and item.source in sources]
    last = {item.ref: item.outcome for item in decided if item.ref in refs}
    return sum(outcome == "passed" for outcome in last.values())


def _said(done: int, of: int, what: str, content: Content, counts: Sequence[Evidence]) -> Score:
    verb = {"check": "passed", "drill": "answered right", "skill": "proven"}[what]
    watched = "supervised, or judged by an instructor" if content.counted == "supervised" else "as the learner ran it"
    return Score(done, max(1, of), f"{done} of {plural(of, what)} {verb}; {watched}.")
