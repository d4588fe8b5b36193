from backroad.verifier import Bench, check, expect


@check(needs=("weather.tells_the_weather",))
async def run(bench: Bench) -> None:
    """A city that the upstream does not know is 404 with a problem document of your own.

    "There is no such city" and "the weather cannot be had" lead a client to different places: one corrects the name,
    the other tries again.

    Fix: turn the upstream's 404 into yours, with your own words; it is an answer, and no failure.
    """
    driver = bench.driver
    client = bench.client()
    for _ in range(3):
        answer = await client.send(driver.guess())
        document = expect.problem(answer, 404)
        theirs = "error" in document
        expect.that(not theirs, expected="a document of your own", got="the upstream's error in it", answer=answer)
