from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.lets_you_in",))
async def run(bench: Bench) -> None:
    """Without credentials every private path answers 401 and says what it wants.

    One forgotten route is enough: scanners try every path of an API without a key, and find it.

    Fix: authenticate in one place that all private routes pass through, and answer 401 with WWW-Authenticate.
    """
    driver: LabDriver = bench.driver
    client = bench.client()
    for request in driver.private():
        answer = await client.send(request)
        expect.problem(answer, 401)
        expect.header(answer, "WWW-Authenticate")
