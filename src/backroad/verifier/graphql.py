"""A small GraphQL client over the recording client, for checks and drivers."""

from collections.abc import Mapping
from typing import Any

from backroad.verifier.answer import Answer
from backroad.verifier.client import Client
from backroad.verifier.exchange import Request
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt, value


def operation(query: str, variables: Mapping[str, Any] | None = None, *, path: str = "/graphql") -> Request:
    """A request for one operation, without credentials of its own."""
    body: dict[str, Any] = {"query": query}
    if variables is not None:
        body["variables"] = dict(variables)
    return Request(method="POST", path=path, json=body)


async def ask(
    client: Client, query: str, variables: Mapping[str, Any] | None = None, *, path: str = "/graphql"
) -> Answer:
    return await client.send(operation(query, variables, path=path))


def document(answer: Answer) -> dict[str, Any]:
    """The body, which is an object with `data`, `errors` or both."""
    found = answer.json()
    if not isinstance(found, dict) or not found.keys() & {"data", "errors"}:
        got = f"{answer.status} {excerpt(answer.text)}"
        raise Failed(expected="an object with data or errors", got=got, exchanges=(answer.exchange,))
    return dict(found)


def data(answer: Answer) -> dict[str, Any]:
    """What came of an operation that is executed without any error."""
    found = document(answer)
    if answer.status != 200 or found.get("errors") or not isinstance(found.get("data"), dict):
        got = f"{answer.status} {excerpt(answer.text)}"
        raise Failed(expected="200 with data and no errors", got=got, exchanges=(answer.exchange,))
    return dict(found["data"])


def errors(answer: Answer) -> list[dict[str, Any]]:
    """The errors, each an object with a message; none if there are none."""
    found = document(answer).get("errors", [])
    fine = isinstance(found, list) and all(
        isinstance(one, dict) and isinstance(one.get("message"), str) for one in found
    )
    if not fine:
        got = f"errors: {value(found)}"
        raise Failed(expected="errors as a list of objects with a message", got=got, exchanges=(answer.exchange,))
    return list(found)


def executed(answer: Answer) -> bool:
    """Whether any of the operation was: there is data other than null."""
    found = answer.json() if answer.body else None
    shown = found.get("data") if isinstance(found, dict) else None
    return isinstance(shown, dict) and any(one is not None for one in shown.values())


def refused(answer: Answer, *, expected: str = "a refusal: 4xx, or errors without data") -> None:
    """Nothing was executed, and the answer says so below 500."""
    if 400 <= answer.status < 500:
        return
    if answer.status == 200 and not executed(answer) and errors(answer):
        return
    got = f"{answer.status} with data" if executed(answer) else f"{answer.status} {excerpt(answer.text)}"
    raise Failed(expected=expected, got=got, exchanges=(answer.exchange,))
