from backroad.verifier import Bench, check, expect

NAMES = (
    "St. John’s",
    "Saint-Louis-du-Ha! Ha!",
    "Brighton & Hove",
    "São Tomé",
    "Łódź (Centrum)",
    "東京",
    "القاهرة",
    "A",
)


@check(needs=("weather.tells_the_weather",), seconds=10)
async def run(bench: Bench) -> None:
    """Cities have names with blanks, apostrophes, ampersands and letters of every alphabet, and all of them arrive.

    Half of the world's places are not spelled in ASCII. A name that loses its accents on the way gets the weather of
    another town, or none.

    Fix: decode the path once as UTF-8, judge by Unicode categories instead of A to Z, and encode it once for the
    upstream.
    """
    driver = bench.driver
    client = bench.client()
    for name in NAMES:
        city = f"{name} {bench.word('q')}" if len(name) > 1 else name
        async with driver.standin.counting() as seen:
            answer = expect.status(await client.send(driver.ask(city)), 200)
        expect.field(answer, "city", equals=city)
        asked = [call.query.get("city") for call in seen.work]
        expect.that(asked == [city], expected=f"the upstream asked for {city}", got=f"{asked}", answer=answer)
