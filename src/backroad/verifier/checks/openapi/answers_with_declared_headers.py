from backroad.verifier import Bench, check
from backroad.verifier.openapi.conformance import holds


@check(needs=("openapi.answers_with_declared_statuses",), seconds=45, assumes=("a document",))
async def run(bench: Bench) -> None:
    """Every answer carries the headers that the document calls required.

    A promised Location, ETag or Retry-After that is missing sometimes is worse than none: clients are built on it.

    Fix: set the header wherever that status is answered, or do not call it required.
    """
    await holds(bench, "response_headers_conformance", "the headers that the document declares")
