"""What an interview can ask a learner: open questions, and coding problems that this machine can judge."""

import shutil
from collections.abc import Collection, Mapping, Sequence

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.kinds.code import Code
from backroad.drills.kinds.open import Open
from backroad.drills.kinds.sql import Sql
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill
from backroad.interview.choose import REMEMBERED, Candidate
from backroad.interview.model import LEVELS, Interview, Topic
from backroad.kit.errors import Problem

UNLEVELLED: Topic = "middle"
"""Of a question that does not say at which level it is asked."""


def topic_of(drill: Drill, language: str) -> Topic | None:
    """None for what no interview asks. JavaScript is for those who learn Node.js, Python for all others."""
    match drill:
        case Open():
            return next((level for level in LEVELS if level == drill.level), UNLEVELLED)
        case Sql():
            return "coding"
        case Code():
            return "coding" if drill.language == ("node" if language == "node" else "python") else None
    return None


def skills_for(learner: Learner, curriculum: Curriculum, areas: Collection[str]) -> list[str]:
    """Those of the areas, or without any, those of the learner's road and all that they require."""
    for area in areas:
        if area not in curriculum.areas:
            raise Problem(f"There is no area {area[:40]!r}.", f"The areas are {', '.join(curriculum.areas)}.")
    named = [skill.id for skill in curriculum.skills.values() if skill.area in areas]
    wanted = named if areas else curriculum.with_requirements(curriculum.road(learner.road).skills)
    return [skill for skill in wanted if curriculum.skill(skill).suits(learner.language)]


def candidates_for(
    learner: Learner,
    skills: Collection[str],
    library: DrillLibrary,
    *,
    begun: Collection[str],
    earlier: Sequence[Interview],
) -> list[Candidate]:
    """`earlier` are the last interviews, newest first."""
    ago = _ago(earlier)
    node = shutil.which("node") is not None
    found = []
    for skill in skills:
        for drill in library.of_skill(skill):
            topic = topic_of(drill, learner.language if node else "python")
            if topic is not None:
                found.append(
                    Candidate(
                        drill=drill.id,
                        skill=skill,
                        topic=topic,
                        seconds=drill.seconds,
                        begun=skill in begun,
                        ago=ago.get(drill.id),
                    )
                )
    return found


def _ago(earlier: Sequence[Interview]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for number, interview in enumerate(earlier[:REMEMBERED], 1):
        for asked in interview.questions:
            if asked.asked_at is not None:
                found.setdefault(asked.drill, number)
    return found
