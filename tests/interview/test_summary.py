"""What an interview says when it is over."""

from datetime import UTC, datetime, timedelta
from typing import Any

from backroad.drills.model import Result
from backroad.interview.model import Asked, Interview, Terms
from backroad.interview.summary import summary
from backroad.interview.view import compared, say_clock

AT = datetime(2027, 1, 4, 10, tzinfo=UTC)


def asked(skill: str, topic: str = "middle", used: float = 60, **more: Any) -> Asked:
    found = Asked(drill=f"{skill}/q", skill=skill, topic=topic, seconds=300, asked_at=AT)  # type: ignore[arg-type]
    fields = {"answered_at": AT + timedelta(seconds=used), "text": "So.", **more}
    for name, value in fields.items():
        found = Asked(**{**{f: getattr(found, f) for f in found.__struct_fields__}, name: value})
    return found


def said(score: float) -> dict[str, Any]:
    return {"points": tuple(map(str, range(round(score * 4)))), "most": 4}


def interview(*questions: Asked, days: int = 0, **more: Any) -> Interview:
    at = AT + timedelta(days=days)
    made = {"id": f"i{days}", "learner": "local", "terms": Terms(), "started_at": at, "ended_at": at}
    return Interview(**{**made, "questions": questions, **more})


def ran(score: float) -> Result:
    return Result(drill="d", content_hash="h", outcome="failed", score=score, feedback=(), right=())


def test_the_score_is_the_mean_of_what_was_reached() -> None:
    told = summary(
        interview(
            asked("sql.joins", **said(0.75)),
            asked("sql.select", "coding", result=ran(0.5)),
            asked("http.methods", skipped=True, text=""),
            asked("sec.xss", answered_at=None),
        )
    )
    assert told.score == round((0.75 + 0.5 + 0) / 3, 3)
    assert (told.answered, told.skipped, told.to_grade, told.not_reached) == (2, 1, 0, 1)
    assert [(share.name, share.questions, share.score) for share in told.areas] == [("sql", 2, 0.625), ("http", 1, 0.0)]
    assert [(share.name, share.questions) for share in told.levels] == [("middle", 2), ("coding", 1)]
    assert [item.skill for item in told.study] == ["http.methods", "sql.select"], "the weakest first, strong ones not"


def test_what_is_not_graded_is_left_out() -> None:
    told = summary(interview(asked("sql.joins"), asked("sql.joins", **said(1))))
    assert (told.score, told.to_grade) == (1.0, 1)
    assert summary(interview(asked("sql.joins"))).score is None


def test_compared_with_the_last_one_of_its_level() -> None:
    first = interview(asked("sql.joins", **said(0.5)))
    other = interview(asked("sql.joins", **said(0.25)), days=1, terms=Terms(level="senior"))
    last = interview(asked("sql.joins", **said(0.75)), days=2)
    found = [last, other, first]
    assert compared(last, summary(last), found) == (
        "The last interview at this level came to 50 %: 25 more points in a hundred this time."
    )
    assert compared(first, summary(first), found) == ""
    assert compared(other, summary(other), found) == ""


def test_clocks() -> None:
    assert [say_clock(seconds) for seconds in (-3, 0, 59.6, 245, 3845)] == ["0:00", "0:00", "1:00", "4:05", "1:04:05"]
