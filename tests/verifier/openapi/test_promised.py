"""What counts as the same answer, and what nobody promised."""

import pytest

from backroad.verifier import Answer, Exchange, Failed, Headers, expect
from backroad.verifier.openapi.promised import Promised
from backroad.verifier.promises import Unpromised, in_force
from tests.verifier.openapi.documents import NOTES, SHORTENER, read


def answered(method: str, path: str, status: int, body: bytes = b"{}", **headers: str) -> Answer:
    exchange = Exchange(lane=1, started=0, seconds=0, method=method, path=path, request_head="", status=status)
    return Answer(status=status, headers=Headers(headers.items()), body=body, seconds=0, exchange=exchange)


@pytest.fixture(params=["notes"], autouse=True)
def promised(request: pytest.FixtureRequest):
    document = read(NOTES / "openapi.json")
    create = document.operation("POST", "/notes")
    assert create is not None
    token = in_force.set(Promised(document, create, lambda answer: "/notes/7"))
    yield
    in_force.reset(token)


@pytest.mark.parametrize(
    ("method", "path", "came", "wanted"),
    [
        ("POST", "/notes", 200, 201),
        ("DELETE", "/notes/7", 200, 204),
        ("POST", "/notes", 400, 422),
        ("GET", "/notes/7", 403, 404),
        ("GET", "/nowhere", 401, 404),
    ],
)
def test_the_declared_status_counts(method: str, path: str, came: int, wanted: int) -> None:
    assert expect.status(answered(method, path, came), wanted).status == came
    expect.problem(answered(method, path, came), wanted)


@pytest.mark.parametrize(
    ("method", "path", "came", "wanted"),
    [
        ("GET", "/notes/7", 200, 404),  # gone, or somebody else's
        ("GET", "/notes", 200, 401),
        ("POST", "/notes", 500, 422),
        ("POST", "/notes", 200, 400),
        ("GET", "/notes/7", 500, 200),
    ],
)
def test_a_broken_promise_is_a_finding(method: str, path: str, came: int, wanted: int) -> None:
    with pytest.raises(Failed):
        expect.status(answered(method, path, came), wanted)


@pytest.mark.parametrize(
    ("method", "path", "came", "wanted"),
    [
        ("PUT", "/notes/7", 204, 412),
        ("POST", "/notes", 200, 409),
        ("POST", "/notes", 200, 415),
        ("POST", "/notes", 400, 201),  # the body was a guess
        ("PATCH", "/notes/7", 405, 200),
    ],
)
def test_what_nobody_promised_is_no_finding(method: str, path: str, came: int, wanted: int) -> None:
    with pytest.raises(Unpromised):
        expect.status(answered(method, path, came), wanted)


def test_headers_that_nobody_promised() -> None:
    assert expect.header(answered("POST", "/notes", 200), "Location") == "/notes/7"
    assert expect.header(answered("GET", "/notes", 401), "WWW-Authenticate") == ""
    with pytest.raises(Unpromised, match="does not promise ETag for GET /notes"):
        expect.header(answered("GET", "/notes/7", 200), "ETag")


def test_a_race_is_counted_in_the_declared_status() -> None:
    answers = [answered("POST", "/notes", 200), answered("POST", "/notes", 400)]
    assert expect.exactly_one(answers, 201).status == 200


def test_a_check_that_compares_by_itself_is_reviewed() -> None:
    promised = in_force.get()
    assert isinstance(promised, Promised)
    made = answered("POST", "/notes", 200).exchange
    with pytest.raises(Unpromised, match="does not declare 201 for POST /notes"):
        promised.review(Failed(expected="ten 201 before the kill", got="0", exchanges=(made,)))
    with pytest.raises(Unpromised):
        promised.review(Failed(expected="exit with status 0", got="exit status 143"))
    promised.review(Failed(expected="title: 3", got="title: 4", exchanges=(made,)))
    promised.review(Failed(expected="204", got="500", exchanges=(answered("DELETE", "/notes/7", 500).exchange,)))


def test_a_lab_promises_all_of_it() -> None:
    in_force.set(None)
    with pytest.raises(Failed):
        expect.status(answered("POST", "/notes", 200), 201)
    assert read(SHORTENER).operation("POST", "/links") is not None
