"""Questions as GIFT, the text format of Moodle that other platforms read too.

What its documentation leaves open follows Moodle's own reader: a weight has two digits before the point, a typed answer
must not hold `->`, and none of them is asked with attention to case.
"""

import re
from collections.abc import Iterator

from backroad.exchange.quiz import Answer, Choices, Essay, Form, Group, Pairs, Question, Quiz, Sequence, Typed

_SPECIAL = re.compile(r"[\\~=#{}:]")
_NO_ANSWER = re.compile(r"->|^%-*\d{1,2}\.?\d*%|^\[(moodle|html|plain|markdown)\]|[\x00-\x1f]")
"""What a typed answer cannot hold without being read as something else."""


def write_gift(quiz: Quiz) -> Iterator[str]:
    """Pieces of the file, which is UTF-8."""
    for group in quiz.groups:
        yield f"$CATEGORY: {_category(group)}\n\n"
        for question in group.questions:
            yield _question(question)


def _category(group: Group) -> str:
    """A `/` within a name is doubled; this line knows no other escapes."""
    names = (" ".join(title.split()).replace("/", "//") for title in (group.area_title, group.title))
    return "/".join(("$course$/top/Backroad", *names)).replace("\\", "\\\\")


def _question(question: Question) -> str:
    number = question.drill.replace("]", r"\]")
    lines = [
        f"// [id:{number}] [tag:{question.skill}]",
        f"::{_escaped(question.drill)}::[html]{_escaped(question.asked)} {{",
        *_answers(gift_form(question.form)),
        *([f"####{_escaped(question.why)}"] if question.why else []),
        "}",
    ]
    return "\n".join((*lines, "", ""))


def gift_form(form: Form) -> Form:
    """A typed answer that GIFT cannot hold, or not tell from a wrong one, is chosen instead."""
    if isinstance(form, Typed) and form.instead:
        right = {answer.text.casefold() for answer in form.answers if answer.share}
        misread = any(_NO_ANSWER.search(answer.text) for answer in form.answers)
        if misread or any(answer.text.casefold() in right for answer in form.answers if not answer.share):
            return form.instead
    return form


def _answers(form: Form) -> Iterator[str]:
    match form:
        case Choices():
            for answer in form.answers:
                sign = ("=" if answer.share else "~") if form.single else f"~%{_weight(answer.share)}%"
                yield sign + _said(_escaped(answer.text), answer)
        case Typed():
            for answer in form.answers:
                text = _escaped(answer.text.replace("*", r"\*"))  # alone, it would stand for any text
                yield ("=" if answer.share else "=%0%") + _said(text, answer)
        case Pairs():
            yield from (f"={_escaped(left)} -> {_escaped(right)}" for left, right in form.pairs)
            yield from (f"= -> {_escaped(right)}" for right in form.extra)
        case Sequence():
            # Only Moodle's newest reader knows an order; every one knows pairs.
            yield from (f"=<p>{place}.</p> -> {_escaped(text)}" for place, (_, text) in enumerate(form.items, 1))
        case Essay():
            yield from ()


def _said(text: str, answer: Answer) -> str:
    return f"{text}#{_escaped(answer.feedback)}" if answer.feedback else text


def _weight(share: float) -> str:
    """Five decimals, as Moodle's list of grades. Its reader takes two digits before the point, and what is this near
    to 100 for 100."""
    near = max(-99.99999999, min(99.99999999, share))
    return (f"{near:.8f}" if abs(share) == 100 else f"{share:.5f}").rstrip("0").rstrip(".")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", text).replace("\r", "").replace("\n", r"\n")
