"""The curriculum: areas, skills, roads and resources, read from `content/` into one immutable graph."""

from backroad.curriculum.load import load
from backroad.curriculum.model import (
    CANONICAL,
    LANGUAGES,
    Area,
    Curriculum,
    Language,
    Mistake,
    Project,
    Question,
    Resource,
    Road,
    Skill,
    Step,
    Topic,
)

__all__ = [
    "CANONICAL",
    "LANGUAGES",
    "Area",
    "Curriculum",
    "Language",
    "Mistake",
    "Project",
    "Question",
    "Resource",
    "Road",
    "Skill",
    "Step",
    "Topic",
    "load",
]
