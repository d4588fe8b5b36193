from functools import partial

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import while_


@check(needs=("upstreams.streams_without_buffering",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """A stream that is complete ends with `event: done`; one that broke off or stands still ends with `event: error`.

    Status 200 has long been sent when the model fails. Without a word of its own, half an article looks like a whole
    one.

    Fix: send a last event either way; end a stream when nothing came for AI_SECONDS, or without the upstream's [DONE].
    """
    driver, standin = bench.driver, bench.driver.standin
    instance = await driver.instance(timeout=0.5)
    for trouble, begin, last in (
        ("the model is well", partial(standin.slow, 0), "done"),
        ("the model's stream breaks off", partial(standin.cut, after=6), "error"),
        ("the model's stream stands still", partial(standin.stall, after=6), "error"),
    ):
        got = b""
        async with begin():
            with while_(trouble):
                request = driver.ask_for_stream(await driver.subject())
                async with await instance.client.stream(request, timeout=5) as stream:
                    async for piece in stream:
                        got += piece.data
                    answer = expect.status(stream.answer(), 200)
                    expect.header(answer, "content-type", matches=r"(?i)^text/event-stream\b")
                    expect.that(stream.complete, expected="an end of the answer", got="it breaks off", answer=answer)
                names = [name for name, _ in driver.events(got)]
                shown = f"event: {names[-1]}" if names and names[-1] else "no event at the end"
                expect.that(names[-1:] == [last], expected=f"event: {last} at the end", got=shown, answer=answer)
        standin.restore()
    async with standin.wrong("error"):
        with while_("the model answers 500 before the first word"):
            driver.refusal(await instance.client.send(driver.ask_for_stream(await driver.subject())), 502)
