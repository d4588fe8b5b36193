import time

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("limits.leaves_hits_alone",), seconds=30)
async def run(bench: Bench) -> None:
    """Whoever guesses too often is answered 429 with Retry-After.

    Short codes and passwords are found by trying. A brake turns an hour of trying into years.

    Fix: count wrong guesses for each address in a window of time, and answer 429 with the seconds left in Retry-After
    before you look anything up.
    """
    driver: LabDriver = bench.driver
    client = bench.client()
    began = time.monotonic()
    # Two windows' worth and one more: a fixed window may end in the middle.
    for _ in range(2 * driver.guesses + 1):
        answer = await client.send(driver.guess())
        if answer.status == 429:
            break
    if answer.status != 429 and time.monotonic() - began > driver.guess_seconds:
        bench.unclear("the target answers too slowly to reach its own limit")
    expect.problem(answer, 429)
    wait = expect.header(answer, "retry-after", matches=r"^\d+$")
    fits = 1 <= int(wait) <= driver.guess_seconds
    expect.that(
        fits, expected=f"Retry-After from 1 to {driver.guess_seconds}", got=f"Retry-After: {wait}", answer=answer
    )
