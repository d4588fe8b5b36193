from pathlib import Path

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.lets_you_in",), control=True)
async def run(bench: Bench) -> None:
    """The stored data does not hold credentials in plain text.

    Backups are lost and databases are dumped. With hashes in them, whoever reads them still cannot log in as anybody.

    Fix: store SHA-256 of a random key and look it up by that; for passwords people choose, use argon2id instead.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    files = {path.name: path.read_bytes() for path in files_in(bench.target.data_dir)}
    if not files:
        bench.unclear("credentials are kept outside of DATA_DIR, where this check cannot look")
    holding = [name for name, content in files.items() if person.secret.encode() in content]
    got = f"the key that was just issued, in {', '.join(holding)}"
    expect.that(not holding, expected="no key in any file under DATA_DIR", got=got)


def files_in(folder: Path | None) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file()) if folder else []
