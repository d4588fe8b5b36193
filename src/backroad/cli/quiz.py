"""`backroad export --gift` and `--moodle`: drills as questions of a learning platform."""

from pathlib import Path
from typing import IO, NamedTuple

from backroad.cli.output import print_json
from backroad.cli.product import opened
from backroad.cli.whole_file import write_whole
from backroad.exchange.quiz import quiz_of, selected
from backroad.exchange.quiz_file import QuizFormat, is_quiz_file, quiz_name, write_quiz
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.say import plural


class Selection(NamedTuple):
    road: str
    area: str
    skills: tuple[str, ...]


def export_quiz(place: Path, form: QuizFormat, chosen: Selection, as_json: bool) -> None:
    path = place / quiz_name(form, clock.now()) if place.is_dir() else place
    if path.exists() and not is_quiz_file(path):
        raise Problem(f"{path} is there already and is not an export.", "Choose another name.")
    with opened() as product:
        curriculum = product.curriculum
        wanted = selected(curriculum, road=chosen.road, area=chosen.area, skills=chosen.skills)
        quiz = quiz_of(curriculum, product.library, wanted)

    def fill(out: IO[bytes]) -> None:
        out.writelines(write_quiz(quiz, form))

    write_whole(path, fill)
    if as_json:
        counts = {"questions": quiz.questions, "skills": len(quiz.groups)}
        print_json({"file": str(path), **counts, "left_out": quiz.left_out, "private": quiz.private})
        return
    print(f"Wrote {plural(quiz.questions, 'question')} of {plural(len(quiz.groups), 'skill')} to {path}.")
    if quiz.left_out:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in quiz.left_out.items())
        print(f"Left out: drills that are written and judged by execution, which no platform does ({kinds}).")
    if quiz.private:
        print(f"Left out: {plural(quiz.private, 'private skill')}, since questions are passed on.")
