from backroad.verifier import Bench, check
from backroad.verifier.checks.speed.growth import holds


@check(needs=("data.creates", "limits.leaves_hits_alone"), seconds=90)
async def run(bench: Bench) -> None:
    """Creating one thing takes no longer with 10,000 things than with 100.

    A uniqueness test in a loop, a counter by COUNT(*), or a file that is rewritten as a whole makes each insert
    slower than the one before.

    Fix: leave uniqueness to an index, and append or update in place instead of writing everything anew.
    """
    await holds(bench, "write")
