"""Assertions of checks. Each raises Failed with short, exact wording, and returns what it looked at where useful."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.exchange import Exchange
from backroad.verifier.masking import SECRET_HEADERS, mask_value
from backroad.verifier.promises import Unpromised, in_force
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import count, either, excerpt, tally, value

Status = int | Iterable[int]
Outcome = Answer | NoAnswer
Outcomes = Sequence[Outcome]
_MISSING: Any = object()


def status(answer: Outcome, expected: Status) -> Answer:
    """The answer has this status, or one of these."""
    return _with_status(answer, _meant(answer, _statuses(expected)))


def header(
    answer: Answer, name: str, *, matches: str | None = None, equals: str | None = None, present: bool = True
) -> str:
    """The header is there (or absent: `present=False`) and equals or matches (re.search); returns its value."""
    found = answer.headers.get(name)
    shown = _proper(name)
    if not present:
        expected, fine = f"no header {shown}", found is None
    elif equals is not None:
        expected, fine = f"{shown}: {equals}", found == equals
    elif matches is not None:
        expected, fine = f"{shown} that matches {matches}", found is not None and bool(re.search(matches, found))
    else:
        expected, fine = f"a header {shown}", found is not None
    if not fine:
        promises = in_force.get()
        instead = promises.instead_of_header(answer, name) if promises is not None else None
        if instead is not None:
            return instead
        got = f"no header {shown}" if found is None else f"{shown}: {_safe(name, found)}"
        raise Failed(expected=expected, got=got, exchanges=(answer.exchange,))
    return found or ""


def field(answer: Answer, name: str, *, equals: Any = _MISSING, matches: str | None = None, type: Any = None) -> Any:  # noqa: A002
    """A member of the JSON body, dots lead inwards (`items.0.slug`); returns its value."""
    found = _member(answer.json(), name)
    if found is _MISSING:
        got = f"{answer.status} without that field: {excerpt(answer.text)}"
        raise Failed(expected=f"a field {name}", got=got, exchanges=(answer.exchange,))
    if equals is not _MISSING and not same(found, equals):
        expected = f"{name}: {value(equals)}"
    elif matches is not None and not (isinstance(found, str) and re.search(matches, found)):
        expected = f"{name} that matches {matches}"
    elif type is not None and not _is_a(found, type):
        expected = f"{name} of type {_type_name(type)}"
    else:
        return found
    raise Failed(expected=expected, got=f"{name}: {value(found)}", exchanges=(answer.exchange,))


def exactly_one(answers: Outcomes, status: int, *, rest: int | None = None) -> Answer:
    """One answer has this status; with `rest`, all others have that one. Returns the one."""
    status = _as_answered(answers, status)
    rest = None if rest is None else _as_answered(answers, rest)
    winners = [answer for answer in answers if isinstance(answer, Answer) and answer.status == status]
    others = len(answers) - 1
    fits_rest = rest is None or sum(1 for answer in answers if _status(answer) == rest) == others
    if len(winners) == 1 and fits_rest:
        return winners[0]
    expected = f"exactly one {status}" if rest is None else f"one {status}, {count(others)} {rest}"
    raise Failed(expected=expected, got=tally(map(_status, answers)), exchanges=_exchanges(answers))


def the_rest(answers: Outcomes, status: Status) -> None:
    """All answers but at most one have this status."""
    wanted = _meant_of_all(answers, _statuses(status))
    if sum(1 for answer in answers if _status(answer) not in wanted) > 1:
        expected = f"{count(len(answers) - 1)} {either(wanted)}"
        raise Failed(expected=expected, got=tally(map(_status, answers)), exchanges=_exchanges(answers))


def all_of(answers: Outcomes, status: Status) -> None:
    """Every answer has this status, or one of these."""
    wanted = _meant_of_all(answers, _statuses(status))
    if any(_status(answer) not in wanted for answer in answers):
        expected = f"{count(len(answers))} {either(wanted)}"
        raise Failed(expected=expected, got=tally(map(_status, answers)), exchanges=_exchanges(answers))


def equal(got: Any, want: Any, *, what: str = "the value", answer: Outcome | Outcomes | None = None) -> None:
    if not same(got, want):
        raise Failed(expected=f"{what} is {value(want)}", got=value(got), exchanges=_exchanges(answer))


def that(condition: object, *, expected: str, got: str, answer: Outcome | Outcomes | None = None) -> None:
    if not condition:
        raise Failed(expected=expected, got=got, exchanges=_exchanges(answer))


def problem(answer: Outcome, status: Status) -> dict[str, Any]:
    """An RFC 9457 problem document whose `status` member, if there, repeats the status; returns the document."""
    wanted = _meant(answer, _statuses(status))
    promises = in_force.get()
    if promises is not None and not promises.problems(answer):
        _with_status(answer, wanted)
        return {}
    expected = f"{either(wanted)} with a problem document"
    if not isinstance(answer, Answer) or answer.status not in wanted:
        raise Failed(expected=expected, got=_got(answer), exchanges=(answer.exchange,))
    kind = (answer.headers.get("content-type") or "").split(";")[0].strip().lower()
    if kind != "application/problem+json":
        got = f"{answer.status} with {f'Content-Type: {kind}' if kind else 'no Content-Type'}"
        raise Failed(expected=f"{expected}, application/problem+json", got=got, exchanges=(answer.exchange,))
    document = answer.json()
    fault = _fault(document, answer.status)
    if fault:
        raise Failed(expected=expected, got=f"{answer.status} with {fault}", exchanges=(answer.exchange,))
    return dict(document)


def no_5xx(answers: Outcome | Outcomes) -> None:
    """Answered, and not with a server error."""
    several = list(answers) if isinstance(answers, Sequence) else [answers]
    bad = [answer for answer in several if (_status(answer) or 599) >= 500]
    if bad:
        got = _got(bad[0]) if len(bad) == 1 else tally(map(_status, bad))
        raise Failed(expected="an answer below 500", got=got, exchanges=_exchanges(bad))


def same(got: Any, want: Any) -> bool:
    """Equal as JSON: true is not 1."""
    if isinstance(got, bool) != isinstance(want, bool):
        return False
    if isinstance(got, dict) and isinstance(want, dict):
        return got.keys() == want.keys() and all(same(got[key], want[key]) for key in want)
    if isinstance(got, list | tuple) and isinstance(want, list | tuple):
        return len(got) == len(want) and all(map(same, got, want))
    return bool(got == want)


def _fault(document: Any, status: int) -> str:
    """What is wrong with a problem document; empty if nothing is."""
    if not isinstance(document, dict):
        return "a body that is not a JSON object"
    for name in ("type", "title", "detail", "instance"):
        if name in document and not isinstance(document[name], str):
            return f"{name} that is not a text: {value(document[name])}"
    if not document.keys() & {"type", "title", "detail"}:
        return f"a document without type, title and detail: {value(document)}"
    if "status" in document and not same(document["status"], status):
        return f"status: {value(document['status'])} in the document"
    return ""


def _statuses(expected: Status) -> tuple[int, ...]:
    return (expected,) if isinstance(expected, int) else tuple(expected)


def _with_status(answer: Outcome, wanted: tuple[int, ...]) -> Answer:
    if isinstance(answer, Answer) and answer.status in wanted:
        return answer
    raise Failed(expected=either(wanted), got=_got(answer), exchanges=(answer.exchange,))


def _meant(answer: Outcome, wanted: tuple[int, ...]) -> tuple[int, ...]:
    """The statuses that say the same in the document of a foreign API."""
    promises = in_force.get()
    return wanted if promises is None else promises.statuses(answer, wanted)


def _meant_of_all(answers: Outcomes, wanted: tuple[int, ...]) -> tuple[int, ...]:
    """Of a race: one answer that says what is promised is enough."""
    found: dict[int, None] = {}
    unpromised: Unpromised | None = None
    for answer in answers:
        try:
            found |= dict.fromkeys(_meant(answer, wanted))
        except Unpromised as error:
            unpromised = error
    if unpromised is not None and not found:
        raise unpromised
    return tuple(found) or wanted


def _as_answered(answers: Outcomes, wanted: int) -> int:
    """Of the statuses that say the same, the one that came."""
    meant = _meant_of_all(answers, (wanted,))
    came = [status for status in map(_status, answers) if status in meant]
    return came[0] if came and wanted not in came else wanted


def _status(answer: Outcome) -> int | None:
    return answer.status if isinstance(answer, Answer) else None


def _exchanges(answers: Outcome | Outcomes | None) -> tuple[Exchange, ...]:
    if answers is None:
        return ()
    several = answers if isinstance(answers, Sequence) else [answers]
    return tuple(answer.exchange for answer in several)


def _got(answer: Outcome) -> str:
    if isinstance(answer, NoAnswer):
        return f"no answer: the target {answer.reason}"
    if answer.status >= 400 and answer.body:
        return f"{answer.status} {excerpt(answer.text)}"
    return str(answer.status)


def _member(document: Any, name: str) -> Any:
    if not name:  # a list that is the whole body
        return document
    if isinstance(document, dict) and name in document:
        return document[name]
    for part in name.split("."):
        if isinstance(document, dict) and part in document:
            document = document[part]
        elif isinstance(document, list) and part.isdigit() and int(part) < len(document):
            document = document[int(part)]
        else:
            return _MISSING
    return document


def _is_a(found: Any, kinds: Any) -> bool:
    allowed = kinds if isinstance(kinds, tuple) else (kinds,)
    if isinstance(found, bool):
        return bool in allowed
    return isinstance(found, allowed) or (isinstance(found, int) and float in allowed)


def _type_name(kinds: Any) -> str:
    names = {str: "string", int: "integer", float: "number", bool: "boolean", list: "array", dict: "object"}
    names[type(None)] = "null"
    return either(names.get(kind, str(kind)) for kind in (kinds if isinstance(kinds, tuple) else (kinds,)))


def _safe(name: str, text: str) -> str:
    return mask_value(name, text) if name.lower() in SECRET_HEADERS else excerpt(text)


def _proper(name: str) -> str:
    return "-".join(part[:1].upper() + part[1:] for part in name.split("-")) if name.islower() else name
