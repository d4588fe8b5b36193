from backroad.verifier import Bench, check
from backroad.verifier.openapi.conformance import holds


@check(needs=("openapi.answers_with_declared_statuses",), seconds=45, assumes=("a document",))
async def run(bench: Bench) -> None:
    """Every body that is answered fits the schema of its status.

    A field that is null only now and then, or a number that comes as text, breaks typed clients in production and
    nowhere else.

    Fix: build answers from the same types that the schema is made from, and say nullable where null can come.
    """
    await holds(bench, "response_schema_conformance", "a body that fits the declared schema")
