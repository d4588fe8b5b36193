import json

from backroad.verifier import Bench, Request, check, expect
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt


@check(needs=("graphql.mutations_need_credentials",))
async def run(bench: Bench) -> None:
    """A mutation is not done by GET, as a form or as plain text: what any page can make a browser send.

    A link or a hidden form of a strange site reaches your server with the visitor's cookies, and needs no permission
    for these. Only application/json makes the browser ask you first.

    Fix: execute mutations only from a POST of application/json; answer GET 405, or let it do queries alone, and other
    media types 415.
    """
    driver: GraphQL = bench.driver
    person, mutation, variables = await driver.mutation()
    path, fields = driver.graphql, {"query": mutation, "variables": json.dumps(variables)}
    form = Request("GET", "", query=fields).target.removeprefix("?")
    as_json = json.dumps({"query": mutation, "variables": variables})
    boundary = "----backroad"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'
        for name, text in fields.items()
    )
    tried = {
        "GET": person.request("GET", path, query=fields),
        "HEAD": person.request("HEAD", path, query=fields),
        "a form": post(form, "application/x-www-form-urlencoded"),
        "a form of parts": post(f"{parts}--{boundary}--\r\n", f"multipart/form-data; boundary={boundary}"),
        "plain text": post(as_json, "text/plain"),
        "no Content-Type": post(as_json, None),
    }
    for what, request in tried.items():
        answer = await person.client.send(
            Request(request.method, path, request.headers, ..., request.body, request.query)
        )
        done = await driver.mutated(person)
        if done:
            sent = f"{request.method} {path} with {mutation} and its variables, as {what}"
            raise Failed(sent=sent, expected="a refusal, 4xx, and no change", got=f"{answer.status}, and the change")
        got = f"{answer.status} {excerpt(answer.text)}"
        expect.that(400 <= answer.status < 500, expected=f"4xx for {what}", got=got, answer=answer)


def post(body: str, kind: str | None) -> Request:
    return Request("POST", "", headers={"Content-Type": kind}, body=body)
