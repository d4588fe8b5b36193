from backroad.verifier import Bench, check, expect


@check(needs=("weather.answers_unknown_cities",), seconds=10)
async def run(bench: Bench) -> None:
    """Several cities are answered in the order asked, each with its weather or its own error.

    One misspelled name of twenty must not cost the nineteen others. Whoever compares wants them side by side, not in
    the order in which they happened to arrive.

    Fix: look each city up by itself, catch its problem, and put it into its place in `items`; judge how many there are.
    """
    driver = bench.driver
    client = bench.client()
    cities = [await driver.subject(), driver.unknown(), await driver.subject(), "7 Oaks"]
    cities.append(cities[0])
    answer = expect.status(await client.send(driver.compare(cities)), 200)
    items = expect.field(answer, "items", type=list)
    expect.equal([item.get("city") for item in items], cities, what="the cities", answer=answer)
    for at in (0, 2, 4):
        temperature, condition = driver.standin.current(cities[at])
        expect.field(answer, f"items.{at}.weather.temperature", equals=temperature)
        expect.field(answer, f"items.{at}.weather.condition", equals=condition)
    for at, status in ((1, 404), (3, 422)):
        expect.field(answer, f"items.{at}.error.status", equals=status)
        expect.field(answer, f"items.{at}.error.title", type=str)
    for count in (0, 21):
        driver.refused(await client.send(driver.compare([f"Town {at}" for at in range(count)])), "city")
