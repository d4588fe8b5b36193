import asyncio

from backroad.verifier import Bench, check

AT_ONCE = 4


@check(needs=("capstone.migrates_an_empty_database",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """Four migrate commands at the same moment leave the same schema as one, and none of them fails.

    Two replicas are deployed together, a job is retried while the first is still at work. Two that create the same
    table, or apply one change twice, leave a schema that nobody has tested.

    Fix: take a lock that the whole database shares before you look at what is done: pg_advisory_lock in PostgreSQL.
    """
    other = bench.elsewhere()
    await asyncio.gather(*(bench.driver.succeeds(other, "migrate") for _ in range(AT_ONCE)))
    await other.start()
    there = bench.at(other).driver
    await there.create(await there.person())
