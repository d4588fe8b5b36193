"""**open**: a question answered in prose, with a model answer and a rubric by which the learner grades it.

First the answer alone: it is not judged, and the model answer and the rubric come back. Then the answer with `points`,
the keys of the points of the rubric that it has. Such evidence brings the question back in reviews and moves no
standing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.answers import keys_of, known, program_of
from backroad.drills.model import Feedback, Kind, Result, Written, part_key
from backroad.drills.table import Table, no_twins


class Open(Written, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "open"
    title: ClassVar[str] = "Answer in your own words"
    fields: ClassVar[tuple[str, ...]] = ("answer", "rubric", "level")
    levels: ClassVar[tuple[str, ...]] = ("junior", "middle", "senior")
    self_graded: ClassVar[bool] = True

    answer: str
    rubric: tuple[str, ...]
    level: str = ""  # of the interview in which it is asked

    def asked_and_key(self) -> Sequence[object]:
        return [sorted(self.rubric)]

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        rubric = table.texts("rubric", 3, 6)
        no_twins(table, "rubric", rubric)
        level = table.text("level", required=False)
        if level not in ("", *cls.levels):
            table.say(f"`level` is {level[:40]!r}; use {', '.join(cls.levels)}, or leave it out.")
        return cls(**base, answer=table.text("answer"), rubric=rubric, level=level)

    @property
    def explanations(self) -> tuple[str, ...]:
        return (self.answer, *self.rubric)

    def grade(self, answer: object) -> Result:
        program_of(answer)
        graded = isinstance(answer, Mapping) and "points" in answer
        chosen = set(keys_of(answer, "points")) if graded else set()
        known(chosen, {part_key(point) for point in self.rubric})
        feedback = [
            Feedback(key=part_key(point), text=point, ok=part_key(point) in chosen, chosen=part_key(point) in chosen)
            for point in self.rubric
        ]
        result = self.result(feedback, (self.answer.strip(),))
        return result if graded else msgspec.structs.replace(result, outcome="unclear", score=0.0)
