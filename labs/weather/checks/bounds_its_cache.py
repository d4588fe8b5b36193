from backroad.verifier import Bench, check, expect

ENTRIES = 10


@check(needs=("upstreams.asks_once_per_ttl",), control=True, seconds=15)
async def run(bench: Bench) -> None:
    """The cache holds CACHE_ENTRIES cities at most; the one that nobody asked for the longest leaves first.

    Anybody can invent names. A map that only grows is a memory leak which strangers control, and one that empties
    itself when full is a stampede.

    Fix: a bounded LRU: move what is read to the end, drop from the front when there are too many.
    """
    driver = bench.driver
    instance = await driver.instance(entries=ENTRIES)
    cities = [await driver.subject() for _ in range(ENTRIES)]
    rest = [city for city in cities if city != cities[ENTRIES // 2]]
    for city in cities:
        expect.status(await instance.ask(city), 200)
    for when in ("while there is room for all", "after one more city came"):
        async with driver.standin.counting() as seen:
            answers = [await instance.ask(city) for city in rest]
        expected = f"no call for the {len(rest)} cities that were asked for last, {when}"
        expect.that(seen.count == 0, expected=expected, got=f"{seen.count} calls", answer=answers)
        expect.status(await instance.ask(await driver.subject()), 200)
    async with driver.standin.counting() as seen:
        gone = await instance.ask(cities[ENTRIES // 2])
    expected = f"a call for the city that nobody asked for the longest, where {ENTRIES} may be kept"
    expect.that(seen.count == 1, expected=expected, got="an answer from the cache", answer=gone)
