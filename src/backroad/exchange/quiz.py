"""Drills as questions of a learning platform: what is asked, the answers with their shares and feedback.

Neither GIFT nor Moodle XML is known here; both are written from these questions.
"""

from collections import Counter
from collections.abc import Mapping
from typing import TypeAlias

import msgspec

from backroad.curriculum import Curriculum
from backroad.drills.kinds.open import Open
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill, FillIn, Match, Multiple, Order, Predict, Single, fold_output
from backroad.exchange.portable_html import block, dotted, line, program, typed, words
from backroad.kit.errors import NotFound, Problem


class Answer(msgspec.Struct, frozen=True):
    """`share` is what it brings of the mark, from -100 to 100 per cent."""

    text: str
    share: float
    feedback: str = ""


class Choices(msgspec.Struct, frozen=True):
    """Of several, one or more to be chosen; the texts are HTML."""

    answers: tuple[Answer, ...]
    single: bool


class Typed(msgspec.Struct, frozen=True):
    """One line to be typed; the texts are plain. `instead` asks the same as a choice, for a platform that cannot
    take it in writing; None where no wrong answers are listed."""

    answers: tuple[Answer, ...]
    case_counts: bool
    instead: Choices | None


class Pairs(msgspec.Struct, frozen=True):
    """Left sides are HTML; right sides are words in which `<`, `>` and `&` are entities."""

    pairs: tuple[tuple[str, str], ...]
    extra: tuple[str, ...] = ()


class Sequence(msgspec.Struct, frozen=True):
    """Items as HTML and as words, in the right order."""

    items: tuple[tuple[str, str], ...]


class Essay(msgspec.Struct, frozen=True):
    """Answered in prose, and graded by a person with `guide`."""

    guide: str


Form: TypeAlias = Choices | Typed | Pairs | Sequence | Essay


class Question(msgspec.Struct, frozen=True):
    """`drill` and `skill` are ids of ours; the other texts are HTML."""

    drill: str
    skill: str
    asked: str
    form: Form
    why: str


class Group(msgspec.Struct, frozen=True):
    """The questions of a skill, for a category of their own."""

    skill: str
    area_title: str
    title: str
    questions: tuple[Question, ...]


class Quiz(msgspec.Struct, frozen=True):
    """`left_out` counts by kind the drills that no platform could judge; `private` the skills that are not to leave."""

    groups: tuple[Group, ...]
    left_out: Mapping[str, int]
    private: int = 0

    @property
    def questions(self) -> int:
        return sum(len(group.questions) for group in self.groups)


def selected(curriculum: Curriculum, *, road: str = "", area: str = "", skills: tuple[str, ...] = ()) -> frozenset[str]:
    """Ids of the skills of a road, of an area, or named one by one; all where nothing is said."""
    if sum(map(bool, (road, area, skills))) > 1:
        raise Problem("Choose by road, by area or by skills, not by several of them.")
    if road:
        return frozenset(curriculum.road(road).skills)
    if area:
        if area not in curriculum.areas:
            raise NotFound(f"There is no area {area[:80]!r}.", f"The areas are {', '.join(curriculum.areas)}.")
        return frozenset(skill.id for skill in curriculum.in_area(area))
    return frozenset(curriculum.skill(skill).id for skill in skills) if skills else frozenset(curriculum.skills)


def quiz_of(curriculum: Curriculum, library: DrillLibrary, skills: frozenset[str]) -> Quiz:
    groups: list[Group] = []
    left_out: Counter[str] = Counter()
    for area in curriculum.areas.values():
        for skill in curriculum.in_area(area.id):
            if skill.id not in skills or skill.private or area.private:
                continue
            made = [(drill, question_of(drill)) for drill in library.of_skill(skill.id)]
            left_out.update(drill.kind for drill, question in made if question is None)
            if questions := tuple(question for _, question in made if question):
                groups.append(Group(skill.id, area.title, skill.title, questions))
    if not groups:
        raise NotFound("These skills have no drill that a learning platform could ask.", "Choose more of them.")
    hidden = [curriculum.skills[skill] for skill in skills]
    private = sum(skill.private or curriculum.areas[skill.area].private for skill in hidden)
    return Quiz(tuple(groups), dict(sorted(left_out.items())), private)


def question_of(drill: Drill) -> Question | None:
    """None for what is written and judged by execution."""
    asked = block(drill.prompt)
    form: Form
    match drill:
        case Single():
            answers = (Answer(line(each.text), 100 if each.right else 0, line(each.why)) for each in drill.choices)
            form = Choices(tuple(answers), single=True)
        case Multiple():
            form = _several(drill)
        case Order():
            form = Sequence(tuple((line(item), words(item)) for item in drill.items))
        case Match():
            pairs = tuple((line(left), words(right)) for left, right in drill.pairs)
            form = Pairs(pairs, tuple(words(right) for right in drill.extra))
        case FillIn():
            asked += program(drill.program) if drill.program else ""
            form = _fill_in(drill)
        case Predict():
            asked += program(drill.program)
            form = _predict(drill)
        case Open():
            form = Essay(block(drill.answer) + "<p>Does the answer say this?</p>" + dotted(drill.rubric))
        case _:
            return None
    return Question(drill.id, drill.skill, asked, form, block(drill.why))


def _several(drill: Multiple) -> Choices:
    """Right ones share the whole mark; wrong ones together take it away, so that ticking all brings nothing."""
    right = sum(choice.right for choice in drill.choices)
    wrong = len(drill.choices) - right
    answers = (
        Answer(line(each.text), 100 / right if each.right else -100 / wrong, line(each.why)) for each in drill.choices
    )
    return Choices(tuple(answers), single=False)


def _fill_in(drill: FillIn) -> Typed:
    right = [Answer(answer.strip(), 100) for answer in drill.answers]
    wrong = [Answer(each.answer.strip(), 0, line(each.why)) for each in drill.wrong]
    options = [Answer(f"<p>{typed(drill.answers[0])}</p>", 100)]
    options += [Answer(f"<p>{typed(each.text)}</p>", 0, each.feedback) for each in wrong]
    return Typed((*right, *wrong), case_counts=False, instead=Choices(tuple(options), single=True) if wrong else None)


def _predict(drill: Predict) -> Form:
    """Output of several lines does not fit into a field of one: it is chosen among the outputs that are listed."""
    printed = fold_output(drill.output)
    options = [Answer(program(printed), 100)]
    options += [Answer(program(fold_output(each.answer)), 0, line(each.why)) for each in drill.wrong]
    chosen = Choices(tuple(options), single=True)
    if "\n" in printed or not printed.strip():
        return chosen
    wrong = [(fold_output(each.answer).strip(), line(each.why)) for each in drill.wrong]
    answers = [Answer(printed.strip(), 100)]
    answers += [Answer(text, 0, why) for text, why in wrong if text and "\n" not in text and text != printed.strip()]
    return Typed(tuple(answers), case_counts=True, instead=chosen)
