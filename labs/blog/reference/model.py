"""The language model: whole answers with one retry, streams without, a deadline on both, a breaker around all."""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx2
import msgspec
from breaker import Breaker
from settings import Settings
from trouble import Broken, Limited, TooSlow

PAUSE = 0.2  # seconds before the retry, at most; random, so that those who failed together do not return together
LONGEST = 3600.0


class Message(msgspec.Struct):
    content: str


class Choice(msgspec.Struct):
    message: Message


class Usage(msgspec.Struct):
    completion_tokens: int


class Completion(msgspec.Struct):
    choices: list[Choice]
    usage: Usage


class Said(msgspec.Struct, frozen=True):
    text: str
    tokens: int


class Model:
    def __init__(self, settings: Settings) -> None:
        self._seconds = settings.model_seconds
        self._breaker = Breaker(settings.breaker_failures, settings.breaker_seconds)
        self._asked = {"model": settings.model, "max_tokens": settings.answer_tokens}
        headers = {"Authorization": f"Bearer {settings.model_key}"}
        # No timeout of the library's: those count from byte to byte, and never end an answer that trickles.
        self._client = httpx2.AsyncClient(
            base_url=settings.model_url, headers=headers, timeout=None, trust_env=False, limits=httpx2.Limits()
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def complete(self, task: str, material: str) -> Said:
        """Raises Unavailable. A call that ran out of time is not repeated: the reader has waited enough."""
        ask = partial(self._breaker.call, partial(self._complete, task, material))
        try:
            return await ask()
        except Broken as broken:
            if not broken.again:
                raise
        await asyncio.sleep(random.uniform(0, PAUSE))
        return await ask()

    async def _complete(self, task: str, material: str) -> Said:
        try:
            async with asyncio.timeout(self._seconds):
                body = {**self._asked, "messages": talk(task, material)}
                answer = await self._client.post("/chat/completions", json=body)
        except TimeoutError:
            raise TooSlow from None
        except httpx2.HTTPError:
            raise Broken from None
        judge(answer)
        try:
            completion = msgspec.json.decode(answer.content, type=Completion)
            return Said(completion.choices[0].message.content, completion.usage.completion_tokens)
        except (msgspec.MsgspecError, UnicodeDecodeError, IndexError):
            raise Broken from None

    async def stream(self, task: str, material: str) -> AsyncIterator[str]:
        """The pieces as they come. Raises Unavailable, before the first piece or after any."""
        stream = await self._breaker.call(partial(self._open, task, material))
        lines = stream.aiter_lines()
        try:
            while True:
                async with asyncio.timeout(self._seconds):
                    line = await anext(lines, None)
                if line is None:
                    raise Broken  # it ended without saying that it is done
                if line == "data: [DONE]":
                    return
                if piece := piece_of(line):
                    yield piece
        except TimeoutError:
            raise TooSlow from None
        except httpx2.HTTPError:
            raise Broken from None
        finally:
            await stream.aclose()  # also when our reader has left: what nobody reads need not be written

    async def _open(self, task: str, material: str) -> httpx2.Response:
        body = {**self._asked, "messages": talk(task, material), "stream": True}
        try:
            async with asyncio.timeout(self._seconds):
                request = self._client.build_request("POST", "/chat/completions", json=body)
                answer = await self._client.send(request, stream=True)
        except TimeoutError:
            raise TooSlow from None
        except httpx2.HTTPError:
            raise Broken from None
        try:
            judge(answer)
        except BaseException:
            await answer.aclose()
            raise
        return answer


def talk(task: str, material: str) -> list[dict[str, str]]:
    """What we want is an instruction; what people wrote is material, and never becomes a part of the instruction."""
    return [{"role": "system", "content": task}, {"role": "user", "content": material}]


def judge(answer: httpx2.Response) -> None:
    if answer.status_code == 429:
        wait = answer.headers.get("retry-after", "")
        raise Limited(min(float(wait), LONGEST) if wait.isdecimal() else 60.0)
    if answer.status_code != 200:
        raise Broken(again=answer.status_code >= 500)


def piece_of(line: str) -> str:
    """The text in a line of the stream; empty for those that carry none."""
    if not line.startswith("data: "):
        return ""
    try:
        chunk: dict[str, Any] = json.loads(line.removeprefix("data: "))
        choices = chunk["choices"]
        return (choices[0]["delta"].get("content") or "") if choices else ""
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        raise Broken from None
