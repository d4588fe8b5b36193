"""A quiz as a file, in either format."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal, get_args

from backroad.exchange.gift import write_gift
from backroad.exchange.moodle_xml import write_moodle
from backroad.exchange.quiz import Quiz
from backroad.kit.clock import local_day

QuizFormat = Literal["gift", "moodle"]
QUIZ_FORMATS: tuple[QuizFormat, ...] = get_args(QuizFormat)
_BEGINNINGS = (b"$CATEGORY: $course$/top/Backroad/", b'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>')


def write_quiz(quiz: Quiz, form: QuizFormat) -> Iterator[bytes]:
    for piece in write_gift(quiz) if form == "gift" else write_moodle(quiz):
        yield piece.encode()


def quiz_name(form: QuizFormat, now: datetime) -> str:
    return f"backroad-{local_day(now)}.{'gift.txt' if form == 'gift' else 'moodle.xml'}"


def is_quiz_file(path: Path) -> bool:
    """Whether such an export may be written over this file."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(60).startswith(_BEGINNINGS)
    except OSError:
        return False
