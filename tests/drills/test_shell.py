"""MongoDB's shell syntax is read as data, and everything else is refused with the line."""

import contextlib
import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backroad.drills.sandbox.shell import Call, ObjectId, Pattern, Statement, Unreadable, read


def value(text: str) -> Any:
    ((_, ((_, (found,)),), _),) = read(f"db.a.find({text})")
    return found


VALUES = [
    ('{a: 1, \'b c\': "x", "d.e": [1, 2,],}', {"a": 1, "b c": "x", "d.e": [1, 2]}),
    ("-1.5e2", -150.0),
    (".5", 0.5),
    ("0x1F", 31),
    ("60 * 60 * 24", 86_400),
    ("12345678901234567890", 12345678901234567890.0),
    ("[true, false, null, undefined]", [True, False, None, None]),
    (r"'it\'s \u00e9\n'", "it's é\n"),
    ("/^a\\/b[/]$/i", Pattern("^a/b[/]$", "i")),
    ('ISODate("2026-01-05T10:00:00+01:00")', datetime.datetime(2026, 1, 5, 9)),
    ('new Date("2026-01-05")', datetime.datetime(2026, 1, 5)),
    ("new Date(0)", datetime.datetime(1970, 1, 1)),
    ('ObjectId("0123456789ABCDEF01234567")', ObjectId("0123456789abcdef01234567")),
    ('NumberLong("42")', 42),
    ("{$gte: 1, _id: 0}", {"$gte": 1, "_id": 0}),
    ("{1: 2}", {"1": 2}),
]


@pytest.mark.parametrize(("text", "wanted"), VALUES)
def test_a_literal_is_read(text: str, wanted: object) -> None:
    assert value(text) == wanted


def test_statements_calls_and_comments_are_told_apart() -> None:
    script = """
    // first
    db.orders.find({a: 1}).sort({b: -1}) /* no semicolon */
    db["odd name"].drop(); db.getCollection('x.y').find(); db.a.b.find()
    """
    assert read(script) == [
        Statement("orders", [Call("find", [{"a": 1}]), Call("sort", [{"b": -1}])], 3),
        Statement("odd name", [Call("drop", [])], 4),
        Statement("x.y", [Call("find", [])], 4),
        Statement("a.b", [Call("find", [])], 4),
    ]


FAULTS = [
    ("let x = 1", "line 1: a statement begins with `db.` and a collection, not with `let`"),
    ("\n\ndb.a.find({a: 1 b: 2})", "line 3: `}` or a comma is missing; there is `b: 2})`"),
    ("db.a.find({a: 1}", "line 1: `)` or a comma is missing; there is the end"),
    ("db.a.find({a.b: 1})", "line 1: a path such as `a.…` stands in quotes"),
    ("db.a.find({a: paid})", "line 1: `paid` is no value; put a text in quotes"),
    ("db.a.find({a: 1, a: 2})", "line 1: the field `a` stands twice in one document"),
    ("db.a.find({a: 'x})", "line 1: a text in quotes is missing"),
    ("db.a.find({a: new Date()})", "line 1: the present moment is another one at each run"),
    ("db.a.find({a: ISODate('today')})", "line 1: 'today' is not a moment such as 2026-01-05T09:00:00Z"),
    ("db.a.find({a: ObjectId('7')})", "line 1: ObjectId('7') needs 24 hexadecimal digits in quotes"),
    ("db.a.find({a: eval('1')})", "line 1: `eval()` is not known here"),
    ("db.a.find(function() { return 1 })", "line 1: `function()` is not known here"),
    ("db.a.find(x => x)", "line 1: `x` is no value; put a text in quotes"),
    ("db.a.find(/a/g)", "line 1: `g` are not options of a regular expression"),
    ("db.a.find('a' * 2)", "line 1: `)` or a comma is missing"),
    ("db.a.find(2 * 'a')", "line 1: only numbers can be multiplied"),
    ("db.a", "line 1: `db.a` calls nothing, such as `.find()`"),
    ("db.adminCommand({shutdown: 1})", "line 1: `db.adminCommand()` cannot be used in a drill"),
    ("db.a.find(" + "[" * 5000, "line 1: there are more than 60 levels"),
    ("db.a.find(" + "9" * 5000 + ")", "line 1: a number has more than 40 digits"),
    (r"db.a.find('\ud800')", "line 1: a text is not valid Unicode"),
]


@pytest.mark.parametrize(("script", "sentence"), FAULTS)
def test_what_is_not_understood_is_named_with_its_line(script: str, sentence: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(script)
    assert str(caught.value).startswith(sentence)


_PIECES = [
    "db",
    ".",
    "a",
    "find",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "'",
    '"',
    "/",
    "\\",
    "1",
    "*",
    "-",
    " ",
    "\n",
]


@pytest.mark.slow
@given(st.one_of(st.text(), st.lists(st.sampled_from(_PIECES)).map(lambda parts: "db.a.find(" + "".join(parts))))
def test_any_text_is_read_or_refused(script: str) -> None:
    with contextlib.suppress(Unreadable):
        read(script)
