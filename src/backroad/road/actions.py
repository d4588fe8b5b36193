"""Reading the lesson of a skill."""

from datetime import datetime

from sqlalchemy import Connection

from backroad.curriculum import Skill
from backroad.progress import actions as progress


def log_reading(
    tx: Connection, learner: str, skill: Skill, seconds: float, now: datetime, *, reading_id: str = ""
) -> float:
    """The lesson was read. As many seconds count as the skill should take at most; how many did."""
    counted = min(seconds, skill.minutes * 60.0)
    progress.log_time(tx, learner, "learn", skill.id, counted, now, activity_id=reading_id)
    return counted
