"""The curriculum and the labs as cohorts know them."""

from collections.abc import Mapping

from backroad.cohorts.model import Content, LabContent
from backroad.curriculum import Curriculum
from backroad.planner.outline import LabOutline


def content_of(curriculum: Curriculum, outlines: Mapping[str, LabOutline]) -> Content:
    labs = {
        lab.slug: LabContent(
            lab.title, tuple(stage.checks for stage in lab.stages), tuple(stage.minutes for stage in lab.stages)
        )
        for lab in outlines.values()
    }
    return Content(
        skills={skill.id: (skill.title, skill.minutes) for skill in curriculum.skills.values()},
        labs=labs,
        roads={road.id: (road.skills, road.labs) for road in curriculum.roads.values()},
    )


def areas_of(curriculum: Curriculum, skills: tuple[str, ...]) -> dict[str, list[str]]:
    """Area -> those of the skills that lie in it, areas in the order in which the road meets them."""
    found: dict[str, list[str]] = {}
    for skill in dict.fromkeys(skills):
        if skill in curriculum.skills:
            found.setdefault(curriculum.skills[skill].area, []).append(skill)
    return found
