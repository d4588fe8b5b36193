from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.needs_credentials",))
async def run(bench: Bench) -> None:
    """Credentials that are almost right are answered 401 like none at all.

    A prefix match, a case-blind look-up or a split at the wrong blank turns a leaked half of a key into a whole one.

    Fix: take the header apart strictly (scheme, one blank, key) and look up the hash of the whole key.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    client = bench.client()
    for what, headers in driver.forgeries(person).items():
        bench.log(f"trying {what}")
        answer = await client.get(driver.collection.path, headers=headers)
        expect.problem(answer, 401)
        expect.header(answer, "WWW-Authenticate")
