from backroad.verifier import Bench, Failed, StartFailed, check, expect


@check(needs=("http.answers_health",), control=True, seconds=40)
async def run(bench: Bench) -> None:
    """Without WEATHER_URL or WEATHER_KEY, or with a wrong number of seconds, it does not start, and says which it was.

    A deploy with a forgotten variable that starts anyway passes its health check, replaces the old version, and fails
    at the first visitor.

    Fix: read and judge all settings before you listen; end with a status other than 0 and one line with the name.
    """
    for name, value in (("WEATHER_KEY", ""), ("WEATHER_URL", ""), ("CACHE_SECONDS", "soon")):
        sent = f"a start with {name}={value}"
        try:
            await bench.second_instance(env={name: value})
        except StartFailed as error:
            named = name in error.sentence or name in (error.hint or "")
            got = f"an end without it: {error.sentence.splitlines()[0]}"
            if not named:
                raise Failed(sent=sent, expected=f"{name} in what it writes", got=got) from None
        else:
            raise Failed(sent=sent, expected="an end with one line that names it", got="it starts and is ready")
    expect.status(await bench.client().get(bench.driver.health), 200)
