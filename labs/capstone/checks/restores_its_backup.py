import asyncio
import tempfile
from pathlib import Path

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.driver import LabDriver, Person, shows
from backroad.verifier.wording import size

TEXTS = ("plain", 'Zoë\'s "quoted"\tline\nand another \\N \\.', "日本語 😀", "; DROP TABLE x; --")


@check(needs=("capstone.migrates_an_empty_database",), seconds=90, control=True)
async def run(bench: Bench) -> None:
    """A backup that was taken while the service runs can be restored into an empty database, and everything is there.

    Backups are found to be empty, half or unreadable on the day they are needed. Only a restore shows that one is good.

    Fix: a backup command that takes one consistent snapshot (pg_dump does), a restore command for an empty database,
    and a job that restores last night's backup and looks into it.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    things = [await driver.create(person, **{driver.collection.text: text}) for text in TEXTS]
    with tempfile.TemporaryDirectory(prefix="backroad-backup-") as folder:
        file = Path(folder) / "backup"
        ended = asyncio.Event()
        writing = asyncio.create_task(write(bench, person, ended))
        try:
            await bench.driver.succeeds(bench.target, "backup", file)
        finally:
            ended.set()
            await writing
        if not file.is_file() or not file.stat().st_size:
            raise Failed(sent="the backup command", expected=f"a file at {file}", got="none, or an empty one")
        bench.log(f"the backup has {size(file.stat().st_size)}")
        late = await driver.create(person)
        other = bench.elsewhere()
        await bench.driver.succeeds(other, "restore", file)
    await other.start()
    there = bench.client(person.credentials, target=other)
    for thing in things:
        shows(expect.status(await there.get(thing.path), 200), bench.driver.kept(thing))
    expect.status(await there.get(late.path), (404, 410))
    again = bench.at(other).driver
    await again.create(await again.person())
    fresh = await there.post(driver.collection.path, json=driver.draft())
    expect.status(fresh, (200, 201))


async def write(bench: Bench, person: Person, ended: asyncio.Event) -> None:
    """The service is in use all the while."""
    while not ended.is_set():
        await bench.driver.create(person)
        await asyncio.sleep(0.01)
