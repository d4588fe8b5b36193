from backroad.verifier import Bench, Request, check, expect

LONG = "L" + "o" * 80
WRONG = (
    "",
    " ",
    "7 Oaks",
    "-Oslo",
    "Os\nlo",
    "Os\x00lo",
    "Oslo\u202e",
    "Oslo<script>",
    "Oslo=1",
    "../v1",
    "Oslo;",
    LONG,
)


@check(needs=("weather.tells_the_weather",), seconds=10)
async def run(bench: Bench) -> None:
    """A name that cannot be a city's is refused with 422 that names `city`, and costs no call of the upstream.

    Each call costs money and quota. Whatever is passed on unjudged is paid for, and is an attack that you relay.

    Fix: judge length, first letter and characters before anything else; 400 for what is not UTF-8 at all.
    """
    driver = bench.driver
    client = bench.client()
    async with driver.standin.counting() as seen:
        for name in WRONG:
            answer = await client.send(driver.ask(name))
            driver.refused(answer, "city")
        broken = await client.send(Request("GET", "/weather/Os%FFlo"))
        expect.problem(broken, (400, 422))
        got = f"{seen.count} calls"
        expect.that(seen.count == 0, expected="no call of the upstream", got=got, answer=answer)
    fits = (await driver.subject()).ljust(80, "o")
    expect.status(await client.send(driver.ask(fits)), 200)
