from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("http.answers_health",))
async def run(bench: Bench) -> None:
    """A path that does not exist is answered 404 with a problem document.

    Clients branch on the status and read the reason from one kind of document. A framework's HTML page, or a 200 with
    an error inside, sends them down the wrong branch.

    Fix: install a fallback for unknown paths that answers 404 as application/problem+json.
    """
    driver: LabDriver = bench.driver
    expect.problem(await bench.client().get(driver.nowhere), 404)
