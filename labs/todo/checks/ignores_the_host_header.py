from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """The url of a todo follows from BASE_URL, never from the Host header of whoever asks.

    With a Host of their choice, strangers get links to their own server stored in your answers, and in every cache
    between you and your users.

    Fix: build urls from the setting BASE_URL; do not read Host or X-Forwarded-Host for it.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    answer = await person.client.post(driver.collection.path, headers=forged, json=driver.draft())
    if answer.status == 400:
        return  # an unknown host is refused, which is as good
    url = expect.field(expect.status(answer, 201), "url", type=str)
    base = bench.target.base_url
    expect.that(url.startswith(base + "/"), expected=f"a url under {base}", got=f"url: {url}", answer=answer)
    expect.no_5xx(answer)
