"""GraphQL where people sign in: Alice owns, Bob is another learner, a stranger has not signed in."""

import asyncio
import json
from typing import Any

import httpx2
import pytest
from sqlalchemy import select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from backroad.kit.idempotency import i
from backroad.kit.limits import API
from tests.graphql.test_live import LIVE, PROTOCOL, ask, begin, told, written
from tests.server_mode import Hosted, Member
from tests.web.test_api import word

pytestmark = pytest.mark.slow
PATH = "/api/graphql"
PROBLEM = "application/problem+json"
ADD = 'mutation($t: String!){addNote(kind: DAY, ref: "2027-01-04", text: $t){id}}'


def said(client: httpx2.Client, query: str, **variables: object) -> dict[str, Any]:
    answer = client.post(PATH, json={"query": query, "variables": variables})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def code(client: httpx2.Client, query: str, **variables: object) -> str:
    found: str = said(client, query, **variables)["errors"][0]["extensions"]["code"]
    return found


def test_strangers_are_told_nothing(hosted: Hosted) -> None:
    stranger = hosted.client()
    for answer in (
        stranger.post(PATH, json={"query": "{roads{id}}"}),
        stranger.post(PATH, json={"query": "{__schema{types{name}}}"}),
        stranger.get(PATH, params={"query": "{roads{id}}"}),
        stranger.post(PATH, json={"query": "{roads{id}}"}, headers={"authorization": "Bearer none"}),
    ):
        assert (answer.status_code, answer.headers["content-type"]) == (401, PROBLEM)


def test_what_is_anothers_is_not_there(hosted: Hosted) -> None:
    alice, bob = hosted.alice, hosted.bob
    text = word()
    note = said(alice.client, ADD, t=text)["data"]["addNote"]["id"]
    written(hosted, f"hers-{text}", range(1, 3), "finished", learner=alice.id)
    assert said(alice.client, f'{{note(id: "{note}"){{text}}}}')["data"]["note"] == {"text": text}
    for query in (
        f'{{note(id: "{note}"){{text}}}}',
        f'mutation{{changeNote(id: "{note}", text: "his"){{id}}}}',
        f'mutation{{removeNote(id: "{note}")}}',
        f'{{run(id: "hers-{text}"){{state}}}}',
    ):
        assert code(bob.client, query) == "NOT_FOUND", query
    for query in ("{notes(first: 100){items{id text}}}", f'{{notes(words: "{text}"){{items{{id}}}}}}'):
        assert text not in json.dumps(said(bob.client, query))
    assert f"hers-{text}" not in json.dumps(said(bob.client, "{runs(first: 100){items{id}} labs{runs{id}}}"))
    assert said(alice.client, f'{{note(id: "{note}"){{text}}}}')["data"]["note"] == {"text": text}


def token(member: Member, *scopes: str) -> str:
    made = member.client.post("/api/v1/tokens", json={"name": word(), "scopes": list(scopes)})
    assert made.status_code == 201, made.text
    found: str = made.json()["word"]
    return found


def test_a_token_that_reads_does_not_write(hosted: Hosted) -> None:
    reads = {"authorization": f"Bearer {token(hosted.alice, 'read')}"}
    writes = {"authorization": f"Bearer {token(hosted.alice, 'read', 'write')}"}
    text = word()
    with hosted.client(headers=reads) as client:
        assert said(client, "{learner{road}}")["data"]["learner"]
        assert code(client, ADD, t=text) == "FORBIDDEN"
        assert client.get(PATH, params={"query": "{learner{road}}"}).status_code == 200
        assert text not in json.dumps(said(client, "{notes(first: 100){items{text}}}"))
    with hosted.client(headers=writes) as client:
        assert said(client, ADD, t=text)["data"]["addNote"]["id"]


def test_a_run_is_followed_by_its_owner_alone(hosted: Hosted) -> None:
    run = f"live-{word()}"
    written(hosted, run, range(1, 3), "finished", learner=hosted.alice.id)
    url = f"ws://localhost:{hosted.port}{PATH}"

    async def follow(client: httpx2.Client) -> dict[str, Any]:
        cookies = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        headers = {"cookie": cookies} if cookies else {}
        async with connect(url, subprotocols=[PROTOCOL], origin=hosted.url, additional_headers=headers) as socket:
            await begin(socket)
            await ask(socket, LIVE, id=run, after=0)
            return await told(socket)

    assert asyncio.run(follow(hosted.alice.client))["payload"]["data"]["runLive"]["number"] == 1
    refused = asyncio.run(follow(hosted.bob.client))
    assert "NOT_FOUND" in json.dumps(refused)
    with pytest.raises((ConnectionClosed, InvalidStatus)):
        asyncio.run(follow(hosted.client()))


def test_keys_of_two_people_are_two(hosted: Hosted) -> None:
    key, text = word(), word()
    note = {"kind": "day", "ref": "2027-01-04", "text": text}
    answers = [
        member.client.post("/api/v1/notes", json=note, headers={"idempotency-key": key})
        for member in (hosted.alice, hosted.bob)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json()["id"] != answers[1].json()["id"]


def test_a_new_token_is_kept_nowhere(hosted: Hosted) -> None:
    key = {"idempotency-key": word()}
    body = {"name": word(), "scopes": ["read"]}
    words = {hosted.alice.client.post("/api/v1/tokens", json=body, headers=key).json()["word"] for _ in range(2)}
    assert len(words) == 2
    kept = hosted.db.run_now(lambda tx: tx.execute(select(i.key)).scalars().all())
    assert key["idempotency-key"] not in kept


def test_own_roads_are_the_admins(hosted: Hosted) -> None:
    """A server has one folder of own content, which everybody reads."""
    fork = {"road": "canonical", "name": f"road {word()}"}
    for member in (hosted.alice, hosted.carol):
        assert member.client.post("/api/v1/own-roads", json=fork).status_code == 403
        assert member.client.get("/api/v1/own-roads").status_code == 403
        assert member.client.get("/own-roads/new").status_code == 403
    assert hosted.dana.client.post("/api/v1/own-roads", json=fork).status_code == 201


def test_limits_are_told_and_hold(hosted: Hosted) -> None:
    busy = hosted.member("busy")
    first = busy.client.get("/api/v1/roads")
    assert first.headers["ratelimit-policy"] == f'"api";q={API.amount};w={API.seconds}'
    assert first.headers["ratelimit"].startswith('"api";r=')
    for _ in range(API.amount + 1):
        answer = busy.client.get("/api/v1/roads", headers={"if-none-match": "*"})
        if answer.status_code == 429:
            break
    assert (answer.status_code, answer.headers["content-type"]) == (429, PROBLEM)
    assert 1 <= int(answer.headers["retry-after"]) <= API.seconds
    assert answer.headers["ratelimit"].startswith('"api";r=0;')
    assert busy.client.post(PATH, json={"query": "{roads{id}}"}).status_code == 429, "one budget for both"
    assert hosted.alice.client.get("/api/v1/roads").status_code == 200, "each has their own"
    assert busy.client.get("/").status_code == 200, "pages are not counted with it"
    document = hosted.alice.client.get("/api/v1/openapi/openapi.json").json()
    assert "429" in document["paths"]["/api/v1/roads"]["get"]["responses"]
