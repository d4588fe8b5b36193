import asyncio
import json
import time
from typing import Any

import pytest

from backroad.verifier.answer import Answer, LostAnswer
from backroad.verifier.standins.completions import MODEL, Completions
from tests.verifier.dependencies.servers import connected, run
from tests.verifier.servers import bench_for

MESSAGES = [{"role": "user", "content": "Sum up this draft"}]


async def ask(model: Completions, /, timeout: float = 1, **more: Any) -> Answer:
    client = bench_for(model.url).client(headers={"Authorization": f"Bearer {model.key}"}, timeout=timeout)
    return await client.post("/v1/chat/completions", json={"model": MODEL, "messages": MESSAGES, **more})


def events(answer: Answer) -> list[Any]:
    lines = [line for line in answer.text.split("\n\n") if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    return [json.loads(line[6:]) for line in lines[:-1]]


def test_an_answer_with_usage_that_follows_from_the_seed():
    async def work(seed: str) -> Any:
        async with Completions(seed=seed) as model:
            answer = (await ask(model)).json()
            assert (await ask(model)).json() == answer
            return answer

    answer = run(work("A"))
    assert (answer["object"], answer["choices"][0]["finish_reason"]) == ("chat.completion", "stop")
    assert answer["usage"] == {"prompt_tokens": 4, "completion_tokens": 40, "total_tokens": 44}
    assert answer == run(work("A")) != run(work("B"))


def test_a_stream_says_the_same_in_pieces():
    async def work() -> None:
        async with Completions(seed="A") as model:
            whole = (await ask(model)).json()["choices"][0]["message"]["content"]
            answer = await ask(model, stream=True, stream_options={"include_usage": True})
            assert answer.headers.get("content-type") == "text/event-stream"
            *chunks, usage = events(answer)
            assert usage["choices"] == []
            assert usage["usage"]["completion_tokens"] == 40
            deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
            assert deltas[0]["role"] == "assistant"
            assert "".join(delta.get("content", "") for delta in deltas) == whole
            assert chunks[-1]["choices"][0]["finish_reason"] == "stop"
            assert model.streams_finished == 1

    run(work())


def test_said_texts_and_max_tokens():
    async def work() -> None:
        async with Completions(seed="A") as model:
            model.say("It is about  bridges.", to="draft")
            assert (await ask(model)).json()["choices"][0]["message"]["content"] == "It is about  bridges."
            short = (await ask(model, max_tokens=2)).json()["choices"][0]
            assert (short["message"]["content"], short["finish_reason"]) == ("It is", "length")

    run(work())


def test_chunks_keep_their_pace():
    async def work() -> None:
        async with Completions(seed="A", words=5) as model, connected(model.port) as (reader, writer):
            model.pace = 0.03
            body = json.dumps({"model": MODEL, "messages": MESSAGES, "stream": True})
            head = f"Authorization: Bearer {model.key}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            writer.write(f"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n{head}{body}".encode())
            times = []
            while b"[DONE]" not in await reader.readuntil(b"\n\n"):
                times.append(time.perf_counter())
            assert times[-1] - times[0] > 0.1

    run(work())


def test_stalling_goes_on_when_it_ends():
    async def work() -> None:
        async with Completions(seed="A") as model:
            async with model.stall(after=3):
                asking = asyncio.ensure_future(ask(model, stream=True))
                await asyncio.sleep(0.1)
                assert not asking.done()
            assert len(events(await asking)) == 42

    run(work())


def test_a_client_that_leaves_a_stalled_stream_is_noticed():
    async def work() -> None:
        async with Completions(seed="A") as model:
            model.stall(after=3)
            with pytest.raises(LostAnswer):
                await ask(model, stream=True, timeout=0.1)
            await asyncio.sleep(0.02)
            assert (model.abandoned, model.streams_finished) == (1, 0)

    run(work())


@pytest.mark.parametrize("how", ["cut", "truncated"])
def test_a_stream_that_is_cut(how: str):
    async def work() -> None:
        async with Completions(seed="A") as model:
            if how == "cut":
                model.cut(after=3)
            else:
                model.wrong("truncated")
            with pytest.raises(LostAnswer):
                await ask(model, stream=True)
            model.restore()
            assert (await ask(model, stream=True)).status == 200

    run(work())


@pytest.mark.parametrize(
    ("more", "status"),
    [({"model": ""}, 400), ({"messages": []}, 400), ({"messages": ["x"]}, 400), ({"max_tokens": 0}, 400)],
    ids=str,
)
def test_requests_that_are_refused(more: dict[str, Any], status: int):
    async def work() -> None:
        async with Completions(seed="A") as model:
            answer = await ask(model, **more)
            assert answer.status == status
            assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
            assert (await bench_for(model.url).client().get("/v1/models")).status == 401
            known = bench_for(model.url).client(headers={"Authorization": f"Bearer {model.key}"})
            assert (await known.get("/v1/models")).json()["data"][0]["id"] == MODEL
            assert (await known.post("/v1/chat/completions", body="{")).status == 400
            assert (await known.get("/v1/nothing")).status == 404

    run(work())
