from backroad.verifier import Bench, check, expect


@check(needs=("data.creates",), seconds=20)
async def run(bench: Bench) -> None:
    """The short URL answers anyone 302 with the target in Location, and forbids caches to keep it.

    After a 301 browsers never ask again: the link cannot be changed, expired or counted any more.

    Fix: answer 302 with Location and Cache-Control: no-store, without asking for a key.
    """
    driver = bench.driver
    thing = await driver.create(await driver.person())
    answer = expect.status(await driver.follow(thing), 302)
    expect.header(answer, "location", equals=thing.fields["url"])
    expect.header(answer, "cache-control", matches=r"\bno-store\b")
