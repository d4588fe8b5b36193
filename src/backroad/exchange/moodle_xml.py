"""Questions as Moodle XML, as Moodle 4.4 and later read it (`ordering` came with 4.4)."""

import re
from collections.abc import Iterator
from html import escape

from backroad.exchange.quiz import Answer, Choices, Essay, Form, Group, Pairs, Question, Quiz, Sequence, Typed

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even as a reference."""
_TYPES = {Choices: "multichoice", Typed: "shortanswer", Pairs: "matching", Sequence: "ordering", Essay: "essay"}
_COMBINED = "".join(
    f'<{kind}feedback format="html"><text></text></{kind}feedback>'
    for kind in ("correct", "partiallycorrect", "incorrect")
)


def write_moodle(quiz: Quiz) -> Iterator[str]:
    """Pieces of the file, which is UTF-8."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'
    for group in quiz.groups:
        yield _category(group)
        for question in group.questions:
            yield _question(question)
    yield "</quiz>\n"


def _category(group: Group) -> str:
    """A `/` within a name is doubled."""
    names = (" ".join(title.split()).replace("/", "//") for title in (group.area_title, group.title))
    path = "/".join(("$course$/top/Backroad", *names))
    return (
        f'<question type="category"><category>{_text(path)}</category>'
        f'<info format="html"><text></text></info><idnumber>{_attribute(group.skill)}</idnumber></question>\n'
    )


def _question(question: Question) -> str:
    parts = (
        f'<question type="{_TYPES[type(question.form)]}">',
        f"<name>{_text(question.drill)}</name>",
        f'<questiontext format="html">{_text(question.asked)}</questiontext>',
        f'<generalfeedback format="html">{_text(question.why)}</generalfeedback>',
        "<defaultgrade>1</defaultgrade><penalty>0.3333333</penalty><hidden>0</hidden>",
        f"<idnumber>{_attribute(question.drill)}</idnumber>",
        *_form(question.form),
        f"<tags><tag>{_text(question.skill)}</tag></tags>",
        "</question>\n",
    )
    return "\n".join(parts)


def _form(form: Form) -> Iterator[str]:
    match form:
        case Choices():
            yield f"<single>{'true' if form.single else 'false'}</single><shuffleanswers>true</shuffleanswers>"
            yield "<answernumbering>abc</answernumbering><showstandardinstruction>1</showstandardinstruction>"
            yield _COMBINED
            yield from (_answer(answer, answer.text, "html") for answer in form.answers)
        case Typed():
            yield f"<usecase>{int(form.case_counts)}</usecase>"
            for answer in form.answers:
                text = answer.text.replace("*", r"\*")  # alone, it would stand for any text
                yield _answer(answer, text, "moodle_auto_format")
        case Pairs():
            yield f"<shuffleanswers>true</shuffleanswers>{_COMBINED}"
            for left, right in (*form.pairs, *(("", right) for right in form.extra)):
                yield f'<subquestion format="html">{_text(left)}<answer>{_text(right)}</answer></subquestion>'
        case Sequence():
            yield "<layouttype>VERTICAL</layouttype><selecttype>ALL</selecttype>"
            yield f"<selectcount>{len(form.items)}</selectcount><gradingtype>ABSOLUTE_POSITION</gradingtype>"
            yield f"<showgrading>SHOW</showgrading><numberingstyle>none</numberingstyle>{_COMBINED}"
            for place, (item, _) in enumerate(form.items, 1):
                yield f'<answer fraction="{place}.0000000" format="html">{_text(item)}</answer>'
        case Essay():
            yield "<responseformat>editor</responseformat><responserequired>1</responserequired>"
            yield "<responsefieldlines>15</responsefieldlines>"
            yield "<attachments>0</attachments><attachmentsrequired>0</attachmentsrequired>"
            yield f'<graderinfo format="html">{_text(form.guide)}</graderinfo>'
            yield '<responsetemplate format="html"><text></text></responsetemplate>'


def _answer(answer: Answer, text: str, form: str) -> str:
    feedback = f'<feedback format="html">{_text(answer.feedback)}</feedback>'
    return f'<answer fraction="{_share(answer.share)}" format="{form}">{_text(text)}{feedback}</answer>'


def _share(share: float) -> str:
    """As Moodle's list of grades has it, else the import stops at this question."""
    return f"{share:.5f}".rstrip("0").rstrip(".")


def _writable(text: str) -> str:
    """Control characters become their pictures: what a program printed stays to be seen."""

    def picture(found: re.Match[str]) -> str:
        return chr(0x2400 + ord(found[0])) if found[0] < " " else "\N{REPLACEMENT CHARACTER}"

    return _UNWRITABLE.sub(picture, text)


def _text(text: str) -> str:
    inside = _writable(text).replace("]]>", "]]]]><![CDATA[>")
    return f"<text><![CDATA[{inside}]]></text>" if inside else "<text></text>"


def _attribute(text: str) -> str:
    return escape(_writable(text), quote=False)
