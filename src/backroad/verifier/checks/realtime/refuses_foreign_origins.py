from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("realtime.refuses_upgrades_without_credentials",))
async def run(bench: Bench) -> None:
    """A page of a foreign origin cannot open a WebSocket; your own pages and programs without an origin can.

    CORS does not cover WebSockets: any page on the web may open one to your server from your visitor's browser, with
    the visitor's cookies. The header Origin, which pages cannot forge, is all there is to tell them apart.

    Fix: compare the whole Origin (scheme, host and port) with a list of your own, and answer 403 if it is another.
    Neither the beginning nor the end of a name says whose it is.
    """
    driver: Realtime = bench.driver
    person = await driver.person()
    path = driver.seat_path(await driver.room(person))
    own = bench.target.base_url
    foreign = ("https://evil.example", "null", f"{own}.evil.example", own.replace("http:", "https:"), f"{own}0")
    for origin in foreign:
        refused = await bench.upgrade(path, headers={**person.credentials, "Origin": origin})
        expect.problem(refused.answer, 403)
    await bench.websocket(path, headers={**person.credentials, "Origin": own})
    await bench.websocket(path, headers=person.credentials)
