import re
from typing import Any

from backroad.verifier import Bench, check, expect
from backroad.verifier.checks.http.schema import Document, misfits, resolved
from backroad.verifier.client import Client
from backroad.verifier.drivers.http import Http

METHODS = ("get", "head", "post", "put", "patch", "delete")


@check(needs=("data.creates",), seconds=20)
async def run(bench: Bench) -> None:
    """The server describes itself in OpenAPI, completely, and each operation answers as it is described.

    Clients, tests and documentation are made from the description. One status that is missing in it is an error that
    no client handles; one path that is wrong is an afternoon of somebody's time.

    Fix: make description and routes from one source, list every status (401, 404 and 422 too) with its media type and
    schema, and run this check in CI.
    """
    driver: Http = bench.driver
    person = await driver.person()
    answer = expect.status(await bench.client().get(driver.description), 200)
    document: Document = answer.json()
    expect.field(answer, "openapi", matches=r"^3\.[012]\.")
    paths = expect.field(answer, "paths", type=dict)
    for path, methods in driver.methods().items():
        shown: Document = next((item for name, item in paths.items() if matcher(name).fullmatch(path)), {})
        missing = [method for method in methods if method.lower() not in shown]
        got = f"a description without {', '.join(missing)} {path}" if shown else f"a description without {path}"
        expect.that(not missing, expected=f"{', '.join(methods)} {path} described", got=got, answer=answer)
    for path, item in paths.items():
        for method in filter(item.__contains__, METHODS):
            for client in (bench.client(), person.client):
                await agrees(client, document, path, method, bench.word("unknown-"))


def matcher(path: str) -> re.Pattern[str]:
    parts = re.split(r"({\w+})", path)
    return re.compile("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))


async def agrees(client: Client, document: Document, path: str, method: str, word: str) -> None:
    """An empty request to something unknown: most are refused, which is what is worst described."""
    body: Any = {} if method in ("post", "put", "patch") else ...
    answer = await client.request(method.upper(), re.sub(r"{\w+}", word, path), json=body)
    responses = document["paths"][path][method].get("responses", {})
    status = str(answer.status)
    declared = resolved(document, responses.get(status) or responses.get(f"{status[0]}XX") or responses.get("default"))
    listed = ", ".join(responses)
    expect.that(declared, expected=f"a status that is described: {listed}", got=status, answer=answer)
    content = declared.get("content")
    if content and method != "head":
        kind = (answer.headers.get("content-type") or "no Content-Type").split(";")[0].strip().lower()
        expect.that(kind in content, expected=f"{status} with {', '.join(content)}", got=kind, answer=answer)
        if kind.endswith("json"):
            misfit = next(misfits(document, content[kind].get("schema", {}), answer.json()), "")
            expect.that(not misfit, expected="a body as it is described", got=f"{status} where {misfit}", answer=answer)
