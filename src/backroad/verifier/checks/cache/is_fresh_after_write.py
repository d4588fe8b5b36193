from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.cache import Caches


@check(needs=("access.lets_you_in",), seconds=20)
async def run(bench: Bench) -> None:
    """What somebody has just changed shows at once, everywhere, to them and to others.

    People save, see the old text, and save again. A list that lags behind its items for five seconds makes an editor of
    every reader doubt the rest.

    Fix: drop or replace what a write touches, lists included, before the write is answered; or keep no answer longer
    than it takes to ask whether it still holds.
    """
    driver: Caches = bench.driver
    person, reader = await driver.person(), bench.client()
    writes = await driver.writes(person)
    for write in writes:
        for view in write.views:
            await reader.send(view.request)
    for write in writes:
        changed = await person.client.send(write.request)
        expect.status(changed, (200, 201, 204))
        for view in write.views:
            for client in (person.client, reader):
                answer = expect.status(await client.send(view.request), 200)
                expect.field(answer, view.field, equals=view.wanted)
