from backroad.verifier import Bench, check
from backroad.verifier.openapi.conformance import holds


@check(needs=("http.answers_health",), seconds=45, assumes=("a document",))
async def run(bench: Bench) -> None:
    """Whatever the document allows or forbids, no request is answered 5xx.

    A 5xx is an exception that nobody thought of. Clients retry it, alarms go off, and what it left behind is unknown.

    Fix: find the exception in the log; judge input before it is used, and answer what is wrong with it as 4xx.
    """
    await holds(bench, "not_a_server_error", "an answer below 500")
