from backroad.verifier import Bench, check
from backroad.verifier.openapi.conformance import holds


@check(needs=("openapi.answers_without_server_errors",), seconds=45, assumes=("a document",))
async def run(bench: Bench) -> None:
    """Every answer has a status that the document declares for its operation.

    Clients are generated from the document. A status that it does not name ends in their last branch, mostly an
    exception.

    Fix: add the status with its body to the operation's responses, or answer one of those that are there.
    """
    await holds(bench, "status_code_conformance", "a status that the document declares")
