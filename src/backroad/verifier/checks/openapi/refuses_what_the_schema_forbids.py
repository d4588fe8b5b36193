from backroad.verifier import Bench, check
from backroad.verifier.openapi.conformance import holds


@check(needs=("openapi.answers_with_declared_statuses",), seconds=45, assumes=("a document",))
async def run(bench: Bench) -> None:
    """What the schema of a request forbids is refused with a 4xx.

    A rule that stands in the document and is not enforced lets data in that later code does not expect.

    Fix: validate path, query, headers and body against the schema that you publish before anything else happens.
    """
    await holds(bench, "negative_data_rejection", "a refusal, 4xx")
