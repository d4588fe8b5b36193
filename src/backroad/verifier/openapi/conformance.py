"""Measures once in a run how an API keeps to its document, by schemathesis; several checks judge what it found."""

import asyncio
import hashlib
import importlib.util
import sys
import weakref
from typing import Any

import msgspec

from backroad.verifier.bench import Bench
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.exchange import Exchange
from backroad.verifier.openapi.driver import OpenApiDriver
from backroad.verifier.openapi.fuzz import Job, Outcome, Shot
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

SECONDS, EXAMPLES = 20, 12
GRACE = 15  # seconds beyond, for its start and its last requests
MISSING = 'schemathesis is not installed: pip install "backroad[schemas]"'

_measured: "weakref.WeakKeyDictionary[Any, Outcome]" = weakref.WeakKeyDictionary()


async def measure(bench: Bench) -> Outcome:
    """One measurement for each run."""
    known = _measured.get(bench.target)
    if known is None:
        if importlib.util.find_spec("schemathesis") is None:
            raise Unavailable(MISSING)
        known = _measured[bench.target] = await fuzzed(bench)
    if known.problem and not known.requests:
        raise Unavailable(f"schemathesis could not work with this document: {excerpt(known.problem, 200)}")
    return known


async def fuzzed(bench: Bench) -> Outcome:
    driver: OpenApiDriver = bench.driver
    person = await driver.person()
    job = Job(
        document=dict(driver.document.data),
        base_url=bench.target.base_url + driver.document.base_path,
        headers=dict(person.credentials),
        seed=int.from_bytes(hashlib.sha256(bench.seed.encode()).digest()[:4], "big"),
        seconds=SECONDS,
        examples=EXAMPLES,
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "backroad.verifier.openapi.fuzz",
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(SECONDS + GRACE):
            output, _ = await process.communicate(msgspec.json.encode(job))
    except TimeoutError:
        return Outcome(problem="it did not come to an end", complete=False)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    try:
        return msgspec.json.decode(output, type=Outcome)
    except msgspec.MsgspecError:
        return Outcome(problem="it ended without a result", complete=False)


async def holds(bench: Bench, check: str, expected: str) -> None:
    """Fails with the first request that broke this check of schemathesis, and counts the operations that did."""
    outcome = await measure(bench)
    bench.log(
        f"{outcome.requests} requests made from the document by schemathesis, {len(outcome.shots)} distinct findings"
    )
    shots = [shot for shot in outcome.shots if shot.check == check and not doubtful(shot)]
    if not shots:
        if not outcome.requests:
            bench.unclear("nothing could be sent")
        return
    first = shots[0]
    operations = list(dict.fromkeys(shot.operation for shot in shots))
    more = f"; so do {', '.join(operations[1:4])}" if len(operations) > 1 else ""
    more += f" and {len(operations) - 4} more" if len(operations) > 4 else ""
    got = f"{first.status}: {first.title}. {said(first)}{more}"
    raise Failed(expected=expected, got=got, exchanges=[exchange_of(first)])


def said(shot: Shot) -> str:
    """Its message without what the expectation says already."""
    lines = [line.strip() for line in shot.message.splitlines() if line.strip()]
    if shot.check == "negative_data_rejection":
        lines = [line.removeprefix("Invalid component: ") for line in lines if line.startswith("Invalid component")]
    return excerpt("; ".join(lines), 200)


def doubtful(shot: Shot) -> bool:
    """A refusal for good reasons that no schema can say."""
    if shot.check == "status_code_conformance":
        return shot.status in (429, 503)
    return shot.check == "negative_data_rejection" and 400 <= shot.status < 500


def exchange_of(shot: Shot) -> Exchange:
    lines = [f"{shot.method} {shot.path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in shot.headers if name.lower() not in NOT_SAID]
    return Exchange(
        lane=1, started=0, seconds=0, method=shot.method, path=shot.path, request_head="\n".join(lines),
        request_body=shot.body, status=shot.status or None,
        response_head="\n".join([str(shot.status), *(f"{name}: {value}" for name, value in shot.answer_headers)]),
        response_body=shot.answer_body,
    )  # fmt: skip


NOT_SAID = (
    "user-agent",
    "accept-encoding",
    "x-schemathesis-testcaseid",
    "host",
    "connection",
    "accept",
    "content-length",
)
