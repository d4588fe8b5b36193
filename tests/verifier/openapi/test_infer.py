"""What is found in documents of different styles."""

from typing import Any

import pytest

from backroad.verifier import VerifierError
from backroad.verifier.openapi.facts import FACTS, Subject
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.hooks import hooks_of
from backroad.verifier.openapi.lab import Inferred, all_checks, infer
from backroad.verifier.openapi.mistakes import checked
from backroad.verifier.openapi.told import as_text, told
from tests.verifier.openapi.documents import NOTES, SHORTENER, THING, answer, body, read, small


def subject(inferred: Inferred) -> Subject:
    assert inferred.subject is not None
    return inferred.subject


def test_the_style_of_a_lab() -> None:
    found = subject(infer(read(SHORTENER), Hints()))
    resource, identity = found.resource, found.identity
    assert (resource.path, resource.item_path, resource.id) == ("/links", "/links/{slug}", "slug")
    assert (resource.text, resource.unique, resource.web, resource.instant) == ("title", "alias", "url", "expires_at")
    assert (resource.items, resource.paging.style, resource.paging.next) == ("items", "cursor", "next_cursor")
    assert (identity.kind, identity.token) == ("signup", "key")
    missing = {name for name, fact in FACTS.items() if fact(found)}
    assert missing == {"HEAD", "strict parsing"}


def test_another_style() -> None:
    found = subject(infer(read(NOTES / "openapi.json"), Hints()))
    resource, identity = found.resource, found.identity
    assert resource.change is not None
    assert (resource.change.method, resource.items, resource.paging.style) == ("PUT", "", "offset")
    assert identity.signup is not None
    assert identity.login is not None
    assert (identity.signup.path, identity.login.path) == ("/users/register", "/auth/token")
    assert (identity.scheme and identity.scheme.kind, identity.token) == ("bearer", "access_token")
    assert not FACTS["owners"](found)
    assert FACTS["hidden from strangers"](found), "403 tells strangers what exists"


def secured(scheme: dict[str, Any], **paths: Any) -> dict[str, Any]:
    document = small(components={"securitySchemes": {"it": scheme}}, security=[{"it": []}])
    document["paths"] |= {f"/{name}": {"post": {**operation, "security": []}} for name, operation in paths.items()}
    return document


ACCOUNT = {"type": "object", "required": ["username", "password"],
           "properties": {"username": {"type": "string"}, "password": {"type": "string"}}}  # fmt: skip
REGISTER = {"requestBody": body(ACCOUNT), "responses": {"201": answer()}}


def test_an_api_key_in_a_header() -> None:
    issue = {"requestBody": body(THING), "responses": {"201": answer({"properties": {"api_key": {"type": "string"}}})}}
    document = secured({"type": "apiKey", "in": "header", "name": "X-Key"}, api_keys=issue)
    identity = subject(infer(checked(document, "a"), Hints(signup="/api_keys"))).identity
    assert identity.scheme is not None
    assert identity.scheme.headers("abc") == {"X-Key": "abc"}
    assert (identity.kind, identity.token) == ("signup", "api_key")


def test_basic_needs_no_login() -> None:
    identity = subject(
        infer(checked(secured({"type": "http", "scheme": "basic"}, register=REGISTER), "a"), Hints())
    ).identity
    assert (identity.kind, identity.login) == ("signup", None)


def test_a_token_in_an_envelope() -> None:
    token = {"properties": {"data": {"properties": {"token": {"type": "string"}}}}}
    login = {"requestBody": body(ACCOUNT), "responses": {"200": answer(token)}}
    document = secured({"type": "http", "scheme": "bearer"}, register=REGISTER, login=login)
    identity = subject(infer(checked(document, "a"), Hints())).identity
    assert (identity.kind, identity.token) == ("signup", "data.token")


def test_what_is_unknown_says_which_hint_helps() -> None:
    inferred = infer(checked(secured({"type": "openIdConnect", "openIdConnectUrl": "/x"}), "a"), Hints())
    assert subject(inferred).identity.kind == "unknown"
    assert "[openapi] signup, login, token or headers help" in inferred.skipped["data.creates"]
    assert "unknown" in as_text(told(inferred))


def test_headers_of_the_hints_are_somebody() -> None:
    document = secured({"type": "openIdConnect", "openIdConnectUrl": "/x"})
    inferred = infer(checked(document, "a"), Hints(headers={"Authorization": "Bearer a"}))
    assert subject(inferred).identity.kind == "fixed"
    assert "data.creates" not in inferred.skipped


def test_without_a_collection_only_what_needs_none_is_left() -> None:
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/status": {"get": {"responses": {"200": answer()}}}}}
    inferred = infer(checked(document, "a"), Hints())
    assert inferred.subject is None
    assert "none was found" in as_text(told(inferred))
    assert "no collection was found" in inferred.skipped["data.creates"]


def test_a_hint_chooses_the_collection() -> None:
    document = small()
    document["paths"] |= {
        "/others": document["paths"]["/things"], "/others/{id}": document["paths"]["/things/{id}"]
    }  # fmt: skip
    found = infer(checked(document, "a"), Hints(collection="/others"))
    assert subject(found).resource.path == "/others"
    assert [one.path for one in found.others] == ["/things"]
    with pytest.raises(VerifierError, match="names /none, which is no collection"):
        infer(checked(document, "a"), Hints(collection="/none"))


def test_what_lies_below_another_thing_is_passed_over() -> None:
    document = small()
    document["paths"]["/things/{id}/parts"] = document["paths"]["/things"]
    document["paths"]["/things/{id}/parts/{part}"] = {"get": document["paths"]["/things/{id}"]["get"]}
    found = infer(checked(document, "a"), Hints())
    assert [(one.path, one.reason) for one in found.passed] == [("/things/{id}/parts", "lies below another thing")]


def test_every_check_assumes_what_is_known() -> None:
    words = {word for check in all_checks() for word in check.assumes}
    assert words <= FACTS.keys()
    assert FACTS.keys() - words == set()


def test_checks_come_after_those_that_they_need() -> None:
    seen: set[str] = set()
    known = {check.id for check in all_checks()}
    for check in all_checks():
        assert set(check.needs) & known <= seen, check.id
        seen.add(check.id)


def test_the_hooks_of_a_check_are_read_from_its_source() -> None:
    checks = {check.id: hooks_of(check.path) for check in all_checks()}
    assert checks["data.creates"] == {"collection.path", "draft", "path_of", "person", "created"}
    assert "fill" in checks["speed.pages_stay_quick"], "a function of a neighbour is followed"
    assert {"PATCH", "PATCH at once"} <= checks["races.loses_no_update"]
    assert "secret" in checks["access.keeps_no_plain_secrets"]
    assert "collection.instant" not in checks["data.patch_keeps_the_rest"], "what is tested for is optional"
