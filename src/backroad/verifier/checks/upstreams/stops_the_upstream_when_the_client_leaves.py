import asyncio
import time

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams

PIECES, PACE, WORDS, WITHIN = 3, 0.1, 90, 4.0  # a stream of nine seconds


@check(needs=("upstreams.streams_without_buffering",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """When the reader of a stream closes the page, the upstream is told to stop writing.

    Every word that nobody reads is paid for. People close and ask again all the time, and each time another stream goes
    on in the dark.

    Fix: notice that the client has gone (http.disconnect, `close` of the response, the request's context) and abort the
    upstream's call with it.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance(timeout=10)
    words, standin.words, standin.pace = standin.words, WORDS, PACE
    try:
        abandoned, finished = standin.abandoned, standin.streams_finished
        async with await instance.client.stream(driver.ask_for_stream(await driver.subject())) as stream:
            left = PIECES
            async for _ in stream:
                left -= 1
                if not left:
                    break
        answer = stream.answer()
        expect.status(answer, 200)
        deadline = time.perf_counter() + WITHIN
        while standin.abandoned == abandoned and time.perf_counter() < deadline:  # noqa: ASYNC110  a count sets no event
            await asyncio.sleep(0.05)
        on = "the upstream's stream goes on"
        got = f"{on} to its end" if standin.streams_finished > finished else f"{on} for {WITHIN:g} s"
        stopped = standin.abandoned > abandoned
        expect.that(stopped, expected="the upstream's stream ends with the client's", got=got, answer=answer)
    finally:
        standin.words = words
