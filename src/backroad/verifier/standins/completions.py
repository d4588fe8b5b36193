"""A language model behind the part of the OpenAI API that backends use.

    GET  /v1/models                       {"object": "list", "data": [{"id": "backroad-1", ...}]}
    POST /v1/chat/completions             {"model", "messages", "stream"?, "stream_options"?, "max_tokens"?}
    with Authorization: Bearer <key>

Without "stream" the answer is one chat.completion with its usage. With it, server-sent events: chunks of
chat.completion.chunk with a delta, a last one with finish_reason, one with usage if stream_options.include_usage asks
for it, and `data: [DONE]`. The text follows from the seed and the messages. A word counts as one token.
"""

import asyncio
import hashlib
import random
import secrets
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec

from backroad.verifier.dependencies.conditions import Fault
from backroad.verifier.standins.call import Call, Cut, Reply, reply_json
from backroad.verifier.standins.standin import Standin

MODEL = "backroad-1"
CREATED = 1767225600  # the first second of 2026
MAX_WORDS = 2000
TEXT = (
    "a an and the of in on with for from to by as at this that each every one first next last small plain clear quick "
    "slow cold warm road bridge river town market garden window letter table number answer question reader writer "
    "server request signal memory index cache queue lock story reason detail pattern change holds keeps finds takes "
    "gives makes shows moves waits returns arrives begins ends grows"
)
WORDS = TEXT.split()


class Completions(Standin):
    name = "completions"

    def __init__(self, *, seed: str = "", words: int = 40) -> None:
        super().__init__(seed=seed)
        self.key = f"sk-{secrets.token_hex(20)}"  # nothing of it may show in a target's answers and logs
        self.words = words  # of an answer, unless max_tokens asks for fewer
        self.pace = 0.0  # seconds between two chunks of a stream
        self.streams_finished = 0
        self._stop_after: int | None = None  # chunks
        self._cut = False
        self._go_on = asyncio.Event()
        self._go_on.set()
        self._texts: dict[str, str] = {}

    def environment(self) -> Mapping[str, str]:
        return {"OPENAI_BASE_URL": f"{self.url}/v1", "OPENAI_API_KEY": self.key, "OPENAI_MODEL": MODEL}

    def say(self, text: str, *, to: str) -> None:
        """Answer so when the last message holds `to`."""
        self._texts[to] = text

    def stall(self, *, after: int) -> Fault:
        """Streams stop after so many chunks, with the connection open, until the end of this."""
        self._stop_after, self._cut = after, False
        self._go_on.clear()
        return Fault(lambda _: self._flow(), {})

    def cut(self, *, after: int) -> Fault:
        """Streams end after so many chunks, without the rest and without [DONE]: the connection is reset."""
        self._stop_after, self._cut = after, True
        return Fault(lambda _: self._flow(), {})

    def _flow(self) -> None:
        self._stop_after, self._cut = None, False
        self._go_on.set()

    def restore(self) -> None:
        self._flow()
        self.pace = 0.0
        super().restore()

    def text_for(self, messages: list[Any]) -> str:
        """What it says to these messages, before max_tokens."""
        last = messages[-1].get("content") if messages and isinstance(messages[-1], dict) else ""
        for key, text in self._texts.items():
            if isinstance(last, str) and key in last:
                return text
        digest = hashlib.sha256(self.seed.encode() + msgspec.json.encode(messages)).hexdigest()
        return " ".join(random.Random(digest).choices(WORDS, k=self.words)).capitalize() + "."

    async def answer(self, call: Call) -> Reply:
        if not secrets.compare_digest(call.headers.get("authorization", "").encode(), f"Bearer {self.key}".encode()):
            return _error(401, "invalid_api_key", "Incorrect API key provided.")
        if (call.method, call.path) == ("GET", "/v1/models"):
            model = {"id": MODEL, "object": "model", "created": CREATED, "owned_by": "backroad"}
            return reply_json({"object": "list", "data": [model]})
        if (call.method, call.path) != ("POST", "/v1/chat/completions"):
            return _error(404, "unknown_url", f"Unknown request URL: {call.method} {call.path}.")
        try:
            asked = call.json()
        except ValueError:
            return _error(400, "invalid_json", "The body is not JSON.")
        if problem := _problem(asked):
            return _error(400, "invalid_value", problem)
        return self._complete(asked)

    def _complete(self, asked: dict[str, Any]) -> Reply:
        words = self.text_for(asked["messages"]).split(" ")
        limit = asked.get("max_completion_tokens") or asked.get("max_tokens") or MAX_WORDS
        said = words[:limit]
        reason = "stop" if len(said) == len(words) else "length"
        prompt = sum(len(str(message.get("content") or "").split()) for message in asked["messages"])
        usage = {"prompt_tokens": prompt, "completion_tokens": len(said), "total_tokens": prompt + len(said)}
        number = hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:24]
        head = {"id": f"chatcmpl-{number}", "created": CREATED, "model": asked["model"]}
        if asked.get("stream"):
            wants_usage = bool((asked.get("stream_options") or {}).get("include_usage"))
            stream = self._stream(head, said, reason, usage if wants_usage else None)
            return Reply(type="text/event-stream", headers=(("Cache-Control", "no-cache"),), stream=stream)
        message = {"role": "assistant", "content": " ".join(said)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        return reply_json({**head, "object": "chat.completion", "choices": [choice], "usage": usage})

    async def _stream(
        self, head: dict[str, Any], said: list[str], reason: str, usage: dict[str, int] | None
    ) -> AsyncGenerator[bytes, None]:
        deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
        deltas += [{"content": word if at == 0 else f" {word}"} for at, word in enumerate(said)]
        chunks = [_chunk(head, [{"index": 0, "delta": delta, "finish_reason": None}]) for delta in deltas]
        chunks.append(_chunk(head, [{"index": 0, "delta": {}, "finish_reason": reason}]))
        if usage is not None:
            chunks.append(_chunk(head, [], usage))
        for number, chunk in enumerate([*chunks, b"data: [DONE]\n\n"]):
            if self._stop_after is not None and number >= self._stop_after:
                if self._cut:
                    raise Cut
                await self._go_on.wait()
            if number and self.pace:
                await asyncio.sleep(self.pace)
            yield chunk
        self.streams_finished += 1


def _chunk(head: dict[str, Any], choices: list[dict[str, Any]], usage: dict[str, int] | None = None) -> bytes:
    body = {**head, "object": "chat.completion.chunk", "choices": choices}
    return b"data: " + msgspec.json.encode(body if usage is None else {**body, "usage": usage}) + b"\n\n"


def _problem(asked: Any) -> str:
    if not isinstance(asked, dict):
        return "The body is not an object."
    if not isinstance(asked.get("model"), str) or not asked["model"]:
        return "You must provide a model."
    messages = asked.get("messages")
    if not isinstance(messages, list) or not messages:
        return "messages is missing or empty."
    if not all(isinstance(message, dict) and isinstance(message.get("role"), str) for message in messages):
        return "Each message needs a role."
    for name in ("max_tokens", "max_completion_tokens"):
        limit = asked.get(name)
        if limit is not None and (not isinstance(limit, int) or isinstance(limit, bool) or limit < 1):
            return f"{name} is not a number of at least 1."
    if not isinstance(asked.get("stream_options") or {}, dict):
        return "stream_options is not an object."
    return ""


def _error(status: int, code: str, message: str) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return reply_json({"error": error}, status)
