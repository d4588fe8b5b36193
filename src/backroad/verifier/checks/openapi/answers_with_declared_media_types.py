from backroad.verifier import Bench, check
from backroad.verifier.openapi.conformance import holds


@check(needs=("openapi.answers_with_declared_statuses",), seconds=45, assumes=("a document",))
async def run(bench: Bench) -> None:
    """Every answer has a media type that the document declares for its status.

    A client that expects JSON and is given a page of HTML fails in its parser, far from the cause.

    Fix: set Content-Type on every answer, errors included, and describe the same under content.
    """
    await holds(bench, "content_type_conformance", "a Content-Type that the document declares")
