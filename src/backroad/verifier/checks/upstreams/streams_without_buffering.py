from backroad.verifier import Bench, LostAnswer, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_
from backroad.verifier.wording import value

SENT, WITHIN = 5, 4.0  # pieces of the upstream, the first of which is empty; seconds
TROUBLE = f"the upstream has sent {SENT - 1} words and is about to go on"


@check(needs=("upstreams.answers_from_it",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """Each piece of a stream is sent on as it comes, and not when the answer is complete.

    People read while the model writes. Collected first, in a variable, a compressing middleware or a proxy, the same
    words are half a minute of an empty page.

    Fix: write and flush every piece; no compression and no buffering on this route (`X-Accel-Buffering: no` for nginx),
    and a client library that hands out the upstream's body while it arrives.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance()
    request = driver.ask_for_stream(await driver.subject())
    got = b""
    async with standin.counting() as seen, standin.stall(after=SENT):
        with while_(TROUBLE):
            async with await instance.client.stream(request, timeout=WITHIN) as stream:
                if stream.status != 200:
                    expect.status(stream.answer(), 200)
                words = standin.text_for(seen.work[0].json()["messages"]).split(" ")
                begun, whole = " ".join(words[: SENT - 1]), " ".join(words)
                try:
                    async for piece in stream:
                        got += piece.data
                        if driver.text_of(got) == begun:
                            break
                except LostAnswer:
                    shown = value(driver.text_of(got)) if got else "nothing yet"
                    expected = f"{value(begun)} while the upstream pauses"
                    expect.that(False, expected=expected, got=f"{shown}, after {WITHIN:g} s", answer=stream.answer())
                standin.restore()
                async for piece in stream:
                    got += piece.data
                text = driver.text_of(got)
                expect.that(text == whole, expected=value(whole), got=value(text), answer=stream.answer())
