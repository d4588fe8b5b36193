import tempfile
from pathlib import Path

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.driver import LabDriver
from backroad.verifier.target import Target

MADE = 40  # things, so that half a file holds some of them


@check(needs=("capstone.restores_its_backup",), seconds=90, control=True)
async def run(bench: Bench) -> None:
    """A backup that breaks off in the middle is refused with a status that is not 0, and leaves nothing half restored.

    The disk was full, the copy was cut: half a database looks like a whole one until somebody misses the other half.

    Fix: check the file before anything is written (a checksum, pg_restore --list), restore in one transaction, and pass
    on the status of each step (set -o pipefail, psql -v ON_ERROR_STOP=1).
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    things = [await driver.create(person) for _ in range(MADE)]
    other = bench.elsewhere()
    with tempfile.TemporaryDirectory(prefix="backroad-backup-") as folder:
        whole, half, empty = (Path(folder) / name for name in ("whole", "half", "empty"))
        await bench.driver.succeeds(bench.target, "backup", whole)
        data = whole.read_bytes()
        half.write_bytes(data[: len(data) // 2])
        empty.write_bytes(b"")
        await refused(bench, other, half, "a backup that breaks off in the middle")
        await refused(bench, other, empty, "a backup without a byte in it")
        await bench.driver.succeeds(other, "restore", whole)  # into the same database: nothing was left in it
    await other.start()
    there = bench.client(person.credentials, target=other)
    for thing in (things[0], things[-1]):
        expect.status(await there.get(thing.path), 200)


async def refused(bench: Bench, other: Target, file: Path, what: str) -> None:
    ended = await bench.driver.command(other, "restore", file)
    if ended.exit_code == 0:
        raise Failed(sent=f"the restore command with {what}", expected="a status that is not 0", got="exit status 0")
    if ended.exit_code is None:
        raise Failed(sent=f"the restore command with {what}", expected="an end", got="still running after a minute")
    if not ended.output.strip():
        raise Failed(sent=f"the restore command with {what}", expected="a line that says why", got="nothing at all")
