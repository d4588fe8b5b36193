import re

import pytest

from backroad.verifier import Failed, expect
from tests.verifier.answers import answer, lost


def failing(call) -> tuple[str, str]:
    with pytest.raises(Failed) as failed:
        call()
    return failed.value.expected, failed.value.got


def test_status():
    good = answer(200)
    assert expect.status(good, 200) is good
    assert expect.status(answer(204), (200, 204)).status == 204
    assert failing(lambda: expect.status(answer(200), 201)) == ("201", "200")
    assert failing(lambda: expect.status(answer(500, {"error": "x"}), (200, 204))) == (
        "200 or 204",
        '500 {"error": "x"}',
    )
    assert failing(lambda: expect.status(lost(), 200)) == (
        "200",
        "no answer: the target closed the connection before answering",
    )


def test_header():
    moved = answer(301, location="/a/b", set_cookie="sid=secret; HttpOnly")
    assert expect.header(moved, "Location") == "/a/b"
    assert expect.header(moved, "location", matches="^/a/") == "/a/b"
    assert expect.header(moved, "location", equals="/a/b") == "/a/b"
    assert expect.header(moved, "allow", present=False) == ""
    assert failing(lambda: expect.header(moved, "allow")) == ("a header Allow", "no header Allow")
    assert failing(lambda: expect.header(moved, "location", equals="/c")) == ("Location: /c", "Location: /a/b")
    assert failing(lambda: expect.header(moved, "location", matches="^http:")) == (
        "Location that matches ^http:",
        "Location: /a/b",
    )
    assert failing(lambda: expect.header(moved, "location", present=False)) == ("no header Location", "Location: /a/b")
    assert (
        failing(lambda: expect.header(moved, "set-cookie", matches="Secure"))[1] == "Set-Cookie: sid=[masked]; HttpOnly"
    )


def test_field():
    made = answer(201, {"slug": "a", "n": 1, "ok": True, "items": [{"id": 7}], "a.b": 2, "none": None})
    assert expect.field(made, "slug") == "a"
    assert expect.field(made, "items.0.id", equals=7) == 7
    assert expect.field(made, "a.b") == 2
    assert expect.field(made, "none", equals=None) is None
    assert expect.field(made, "n", type=float) == 1
    assert failing(lambda: expect.field(made, "slug", equals="b")) == ('slug: "b"', 'slug: "a"')
    assert failing(lambda: expect.field(made, "ok", equals=1)) == ("ok: 1", "ok: true")
    assert failing(lambda: expect.field(made, "slug", matches="^b")) == ("slug that matches ^b", 'slug: "a"')
    assert failing(lambda: expect.field(made, "n", type=(str, type(None)))) == ("n of type string or null", "n: 1")
    assert failing(lambda: expect.field(made, "ok", type=int)) == ("ok of type integer", "ok: true")
    assert failing(lambda: expect.field(answer(201, {"a": 1}), "slug")) == (
        "a field slug",
        '201 without that field: {"a": 1}',
    )
    assert failing(lambda: expect.field(answer(201, [1]), "slug"))[0] == "a field slug"
    assert failing(lambda: expect.field(answer(200, b"<p>"), "slug")) == (
        "a JSON body",
        "200 with a body that is not JSON: <p>",
    )


def test_one_winner():
    won = answer(201)
    race = [answer(409), won, *(answer(409) for _ in range(18))]
    assert expect.exactly_one(race, status=201) is won
    assert expect.exactly_one(race, status=201, rest=409) is won
    expect.the_rest(race, status=409)
    three = [answer(201)] * 3 + [answer(409)] * 17
    assert failing(lambda: expect.exactly_one(three, status=201, rest=409)) == (
        "one 201, nineteen 409",
        "three 201, seventeen 409",
    )
    assert failing(lambda: expect.exactly_one(three, status=201)) == ("exactly one 201", "three 201, seventeen 409")
    assert failing(lambda: expect.the_rest(three, status=409)) == ("nineteen 409", "three 201, seventeen 409")
    mixed = [won, answer(409), answer(500), lost()]
    assert failing(lambda: expect.exactly_one(mixed, status=201, rest=409)) == (
        "one 201, three 409",
        "one 201, one 409, one 500, one without an answer",
    )
    assert failing(lambda: expect.exactly_one([answer(409)] * 21, status=201))[1] == "21 409"
    assert failing(lambda: expect.all_of(mixed[:2], 201)) == ("two 201", "one 201, one 409")


def test_equal_and_that():
    expect.equal({"a": [1, 2.0]}, {"a": [1, 2]})
    expect.that(1, expected="x", got="y")
    assert failing(lambda: expect.equal(17, 20, what="the click count")) == ("the click count is 20", "17")
    assert failing(lambda: expect.equal(True, 1)) == ("the value is 1", "true")
    assert failing(lambda: expect.equal([1], [1, 2])) == ("the value is [1, 2]", "[1]")
    assert failing(lambda: expect.that([], expected="x", got="y")) == ("x", "y")


PROBLEM = "application/problem+json; charset=utf-8"


def test_problem():
    good = answer(404, {"title": "Not found", "status": 404}, content_type=PROBLEM)
    assert expect.problem(good, 404) == {"title": "Not found", "status": 404}
    assert expect.problem(answer(422, {"detail": "x"}, content_type=PROBLEM), (400, 422)) == {"detail": "x"}
    cases = [
        (answer(400, {"title": "x"}, content_type=PROBLEM), "404 with a problem document", '400 {"title": "x"}'),
        (
            answer(404, {"title": "x"}),
            "404 with a problem document, application/problem+json",
            "404 with no Content-Type",
        ),
        (answer(404, {"title": "x"}, content_type="application/json"), None, "404 with Content-Type: application/json"),
        (
            answer(404, {"title": "x", "status": 400}, content_type=PROBLEM),
            None,
            "404 with status: 400 in the document",
        ),
        (answer(404, {"title": 1}, content_type=PROBLEM), None, "404 with title that is not a text: 1"),
        (answer(404, {}, content_type=PROBLEM), None, "404 with a document without type, title and detail: {}"),
        (answer(404, [], content_type=PROBLEM), None, "404 with a body that is not a JSON object"),
        (lost(), None, "no answer: the target closed the connection before answering"),
    ]
    for bad, expected, got in cases:
        result = failing(lambda bad=bad: expect.problem(bad, 404))
        assert result[1] == got
        assert expected is None or result[0] == expected


def test_no_5xx():
    expect.no_5xx(answer(404))
    expect.no_5xx([answer(200), answer(499)])
    assert failing(lambda: expect.no_5xx(answer(500))) == ("an answer below 500", "500")
    assert failing(lambda: expect.no_5xx([answer(200), answer(500), answer(503), lost()])) == (
        "an answer below 500",
        "one 500, one 503, one without an answer",
    )


def test_findings_carry_the_decisive_exchanges():
    one = answer(200)
    with pytest.raises(Failed) as failed:
        expect.equal(1, 2, answer=one)
    assert failed.value.exchanges == (one.exchange,)
    assert not re.search("None", str(failed.value))
