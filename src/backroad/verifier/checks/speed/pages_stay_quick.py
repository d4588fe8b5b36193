from backroad.verifier import Bench, check
from backroad.verifier.checks.speed.growth import holds


@check(needs=("data.creates", "limits.leaves_hits_alone"), seconds=90)
async def run(bench: Bench) -> None:
    """The first page of a list takes no longer with 10,000 things than with 100.

    Reading everything to show twenty is the usual reason why a dashboard dies in its second year.

    Fix: LIMIT in the query, an index on (owner, position), and no COUNT(*) of everything.
    """
    await holds(bench, "page")
