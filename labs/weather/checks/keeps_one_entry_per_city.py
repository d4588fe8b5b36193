from backroad.verifier import Bench, check, expect


@check(needs=("weather.takes_city_names", "upstreams.asks_once_per_ttl"), seconds=10)
async def run(bench: Bench) -> None:
    """Oslo, OSLO, " oslo " and an é in one or two characters are the same city: they cost one call.

    A cache that takes spellings for cities is asked for in a hundred ways, and hits once.

    Fix: bring a name into one form before it becomes a key: NFC, no blanks around, one blank between words, casefold.
    """
    driver = bench.driver
    client = bench.client()
    word = bench.word("Caf\u00e9 ")
    spellings = (word, word.upper(), word.lower(), f"  {word} ", word.replace(" ", "  "), word.replace("é", "e\u0301"))
    async with driver.standin.counting() as seen:
        answers = [expect.status(await client.send(driver.ask(city)), 200) for city in spellings]
    expect.that(seen.count == 1, expected="one call of the upstream", got=f"{seen.count} calls", answer=answers)
    for answer in answers:
        expect.equal(driver.content(answer), driver.content(answers[0]), what="the weather", answer=answer)
