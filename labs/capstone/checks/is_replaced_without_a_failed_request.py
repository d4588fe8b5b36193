import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.client import Client
from backroad.verifier.driver import LabDriver, Person

WORKERS = 6
BEFORE = DRAIN = AFTER = 0.5  # seconds


@check(needs=("capstone.is_one_service_in_two_places", "durability.stops_when_asked"), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """A new instance takes over from the old one under load: no request fails, and nothing that was answered is lost.

    A deploy at noon is only possible if nobody notices it. Otherwise it is done at night, once a month, with fifty
    changes in it.

    Fix: let two instances run side by side (no lock on a file, no fixed port, migrations that the old code can live
    with); send requests to the new one as soon as it is ready, take the old one out, then send it SIGTERM.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    new = await bench.second_instance()
    entrances = {"old": person.client, "new": bench.client(person.credentials, target=new)}
    use, made, ended = ["old"], [], asyncio.Event()

    async def work() -> None:
        while not ended.is_set():
            made.append(await create(bench, person, entrances[use[-1]]))

    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(work())
        await asyncio.sleep(BEFORE)
        use.append("new")
        await asyncio.sleep(DRAIN)
        stopped = await bench.target.stop()
        await asyncio.sleep(AFTER)
        ended.set()
    got = "still running when killed" if stopped.killed else f"exit status {stopped.exit_code}"
    expect.that(stopped.exit_code == 0, expected="the old one exits with status 0", got=got)
    bench.log(f"{len(made)} requests while the old instance was replaced")
    for path in made[:: max(1, len(made) // 40)] + made[-1:]:
        expect.status(await entrances["new"].get(path), 200)


async def create(bench: Bench, person: Person, client: Client) -> str:
    driver: LabDriver = bench.driver
    answer = await client.post(driver.collection.path, json=driver.draft())
    return driver.path_of(expect.status(answer, (200, 201)))
