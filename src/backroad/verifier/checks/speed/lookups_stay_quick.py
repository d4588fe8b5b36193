from backroad.verifier import Bench, check
from backroad.verifier.checks.speed.growth import holds


@check(needs=("data.creates", "limits.leaves_hits_alone"), seconds=90)
async def run(bench: Bench) -> None:
    """Finding one thing takes no longer with 10,000 things than with 100.

    A scan is invisible with the ten rows of a developer's machine. It grows with success, and every visitor pays
    for it.

    Fix: look up by an indexed column and let the database do it; EXPLAIN must say SEARCH, not SCAN.
    """
    await holds(bench, "lookup")
