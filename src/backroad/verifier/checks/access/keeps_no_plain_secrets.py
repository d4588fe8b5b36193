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
    folder = bench.target.data_dir
    files = [path for path in sorted(Path(folder).rglob("*")) if path.is_file()] if folder else []
    if not files:
        bench.unclear("there is no file in DATA_DIR to look into")
    secret = person.secret.encode()
    holding = [path.name for path in files if secret in path.read_bytes()]
    expect.that(
        not holding, expected="no key in any file under DATA_DIR", got=f"the key that was just issued, in {holding[:1]}"
    )
