from datetime import UTC, datetime, timedelta

from backroad.verifier import Bench, check, expect


@check(needs=("http.answers_health",))
async def run(bench: Bench) -> None:
    """The weather of a city is what the upstream says of it, with the same names, units and time.

    A proxy that renames, rounds or guesses is a second source of truth, and somebody will plan a day by it.

    Fix: GET {WEATHER_URL}/v1/current?city=...&key=..., check the shape of what comes, answer its fields, and `stale`.
    """
    driver = bench.driver
    standin = driver.standin
    for temperature, condition in ((12.3, "cloudy"), (-7.5, "snow"), (0, "fog")):
        city = await driver.subject()
        standin.set(city, temperature, condition)
        async with standin.counting() as seen:
            answer = expect.status(await bench.client().send(driver.ask(city)), 200)
        expect.header(answer, "content-type", matches=r"(?i)^application/json\b")
        wanted = {"city": city, "temperature": temperature, "unit": "celsius", "condition": condition, "stale": False}
        for name, value in wanted.items():
            expect.field(answer, name, equals=value)
        shown = expect.field(answer, "observed_at", matches=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        old = abs(datetime.now(UTC) - datetime.fromisoformat(shown))
        now = old < timedelta(minutes=5)
        expect.that(now, expected="the upstream's observed_at", got=f"observed_at: {shown}", answer=answer)
        expect.that(seen.count > 0, expected="a call of the upstream", got="none", answer=answer)
