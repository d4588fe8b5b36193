"""An interview as plain dicts for the templates, Markdown rendered."""

from collections.abc import Sequence
from typing import Any

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill, part_key
from backroad.drills.view import drill_view, result_view
from backroad.interview.actions import rubric_of
from backroad.interview.candidates import topic_of
from backroad.interview.model import Asked, Interview, Terms
from backroad.interview.summary import Share, Summary, summary
from backroad.kit import clock
from backroad.kit.markdown import render_code, render_inline, render_note

TOPIC_NAMES = {"junior": "junior", "middle": "middle", "senior": "senior", "coding": "coding"}


def say_clock(seconds: float) -> str:
    """`4:05`; over an hour, `1:04:05`."""
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def percent(score: float | None) -> str:
    return "" if score is None else f"{round(100 * score)} %"


def start_view(curriculum: Curriculum, library: DrillLibrary, terms: Terms) -> dict[str, Any]:
    """Areas that hold something to ask."""
    asked = {drill.skill.partition(".")[0] for drill in library.by_id.values() if topic_of(drill, "python")}
    areas = [
        {"id": area.id, "title": area.title, "chosen": area.id in terms.areas}
        for area in curriculum.areas.values()
        if area.id in asked
    ]
    return {"areas": areas, "terms": terms}


def asking_view(
    found: Interview, learner: Learner, curriculum: Curriculum, library: DrillLibrary, *, text: str | None
) -> dict[str, Any]:
    """The question to answer now; without one (nothing is left, or it is gone), only what can be done then."""
    number = found.current
    asked = found.questions[number - 1] if number else None
    drill = library.by_id.get(asked.drill) if asked else None
    gone_by = (clock.now() - asked.asked_at).total_seconds() if asked and asked.asked_at else 0.0
    ahead = found.planned - sum(item.seconds for item in found.questions if item.answered_at is not None)
    return {
        "number": number or 0,
        "of": len(found.questions),
        "said": found.said if number == 1 else "",
        "drill": drill_view(drill, learner=learner.id, seed=found.id) if drill else None,
        "skill": curriculum.skills[drill.skill].title if drill and drill.skill in curriculum.skills else "",
        "topic": asked.topic if asked else "",
        "given": {"text": text if text is not None else asked.text} if asked and (text or asked.text) else {},
        "planned": asked.seconds if asked else 0,
        "planned_clock": say_clock(asked.seconds) if asked else "",
        "gone_by": round(gone_by),
        "left_clock": say_clock(abs((asked.seconds if asked else 0) - gone_by)),
        "over": bool(asked and gone_by > asked.seconds),
        "left_minutes": max(1, round(ahead / 60)),
    }


def earlier_view(found: Sequence[Interview], but: str = "") -> list[dict[str, Any]]:
    """Those that are over, newest first."""
    return [_row(interview) for interview in found if interview.ended_at is not None and interview.id != but]


def _row(interview: Interview) -> dict[str, Any]:
    told = summary(interview)
    return {
        "id": interview.id,
        "day": clock.local_day(interview.started_at),
        "level": interview.terms.level,
        "minutes": interview.terms.minutes,
        "answered": told.answered,
        "of": len(interview.questions),
        "score": percent(told.score),
        "state": interview.state,
        "used": say_clock(told.used),
        "planned": say_clock(told.planned),
    }


def interview_view(
    found: Interview, others: Sequence[Interview], curriculum: Curriculum, library: DrillLibrary
) -> dict[str, Any]:
    told = summary(found)
    return {
        "interview": _row(found),
        "told": {
            "score": percent(told.score),
            "answered": told.answered,
            "skipped": told.skipped,
            "to_grade": told.to_grade,
            "not_reached": told.not_reached,
            "used": say_clock(told.used),
            "planned": say_clock(told.planned),
            "reached": say_clock(sum(a.seconds for a in found.questions if a.answered_at is not None)),
        },
        "compared": compared(found, told, others),
        "areas": [_share(share, _area_title(share.name, curriculum)) for share in told.areas],
        "levels": [_share(share, share.name) for share in told.levels],
        "study": [
            {"skill": item.skill, "title": curriculum.skills[item.skill].title, "score": percent(item.score)}
            for item in told.study
            if item.skill in curriculum.skills
        ],
        "said": found.said,
        "questions": [_question(n, asked, curriculum, library) for n, asked in enumerate(found.questions, 1)],
    }


def compared(found: Interview, told: Summary, others: Sequence[Interview]) -> str:
    """Against the last one of the same level before it."""
    before = [
        item
        for item in others
        if item.started_at < found.started_at and item.terms.level == found.terms.level and item.state == "graded"
    ]
    if told.score is None or told.to_grade or not before:
        return ""
    last = summary(before[0]).score
    if last is None:
        return ""
    change = round(100 * told.score) - round(100 * last)
    how = "as many" if not change else f"{abs(change)} {'more' if change > 0 else 'fewer'}"
    return f"The last interview at this level came to {percent(last)}: {how} points in a hundred this time."


def _area_title(area: str, curriculum: Curriculum) -> str:
    return curriculum.areas[area].title if area in curriculum.areas else area


def _share(share: Share, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "questions": share.questions,
        "skipped": share.skipped,
        "score": percent(share.score),
        "used": say_clock(share.used),
        "planned": say_clock(share.planned),
    }


def _question(number: int, asked: Asked, curriculum: Curriculum, library: DrillLibrary) -> dict[str, Any]:
    drill = library.by_id.get(asked.drill)
    skill = curriculum.skills.get(asked.skill)
    return {
        "number": number,
        "drill": asked.drill if drill else "",
        "skill": asked.skill if skill else "",
        "title": skill.title if skill else asked.skill,
        "topic": asked.topic,
        "prompt": render_note(drill.prompt) if drill else "",
        "why": render_note(drill.why) if drill and drill.why else "",
        "used": say_clock(asked.used),
        "planned": say_clock(asked.seconds),
        "over": asked.used > asked.seconds,
        "answered": asked.answered,
        "skipped": asked.skipped,
        "to_grade": asked.to_grade,
        "score": percent(asked.score),
        "text": asked.text,
        **(_coding(asked, drill) if asked.topic == "coding" else _spoken(asked, library)),
    }


def _coding(asked: Asked, drill: Drill | None) -> dict[str, Any]:
    language = getattr(drill, "code_language", None) or ""
    right = drill.answer if drill and hasattr(drill, "answer") else ""
    return {
        "code": render_code(asked.text + "\n", language) if asked.text else "",
        "model": render_code(right.strip() + "\n", language) if right else "",
        "result": result_view(asked.result, drill) if asked.result and drill else None,
        "outcome": asked.result.outcome if asked.result else "",
        "points": [],
    }


def _spoken(asked: Asked, library: DrillLibrary) -> dict[str, Any]:
    drill = rubric_of(asked, library)
    rubric = drill.rubric if drill else ()
    keys = [(part_key(point), point) for point in rubric]
    ticked = asked.points or ()
    return {
        "code": "",
        "model": render_note(drill.answer) if drill else "",
        "result": None,
        "outcome": "",
        "points": [{"key": key, "html": render_inline(point), "ticked": key in ticked} for key, point in keys],
    }
