from backroad.verifier import Bench, check, expect


@check(needs=("realtime.refuses_upgrades_without_credentials", "access.hides_what_belongs_to_others"))
async def run(bench: Bench) -> None:
    """Who is no member is answered 404 to the upgrade, as for a room that does not exist; a plain GET gets 426.

    A token says who somebody is, not where they may listen. It is checked for the pages and forgotten for the socket.

    Fix: look the room up by name and member in one query before you answer 101; answer refusals in HTTP, where clients
    and logs can see them.
    """
    driver = bench.driver
    owner, stranger = await driver.person(), await driver.person()
    path = driver.seat_path(await driver.room(owner))
    nowhere = driver.seat_path(bench.word("nowhere-"))
    hidden = expect.problem((await bench.upgrade(path, headers=stranger.credentials)).answer, 404)
    unknown = expect.problem((await bench.upgrade(nowhere, headers=owner.credentials)).answer, 404)
    expect.equal(hidden.get("title"), unknown.get("title"), what="the title of the problem")
    for wrong in ("x", "-1", "1.5", ""):
        driver.refused((await bench.upgrade(f"{path}?after={wrong}", headers=owner.credentials)).answer, "after")
    plain = await owner.client.get(path)
    expect.problem(plain, 426)
    expect.header(plain, "Upgrade", matches=r"(?i)^websocket$")
    await bench.websocket(f"{path}?after=0", headers=owner.credentials)
