"""An account as a file, over REST."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from litestar import Request, Router, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.params import Parameter
from litestar.response import Stream

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.library import DrillLibrary
from backroad.exchange import intake
from backroad.exchange.actions import Imported
from backroad.exchange.anki import Which
from backroad.exchange.pages import account_file, cards_file
from backroad.identity.model import Access
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.http import problem_responses
from backroad.kit.limits import Limits
from backroad.progress import Facts

ZIP = "application/zip"


@get(
    "/export",
    summary="Everything you have done and written, as a zip",
    media_type=ZIP,
    responses=problem_responses(400, 404),
)
async def give_out(
    access: NamedDependency[Access], db: NamedDependency[Database], home: NamedDependency[Path]
) -> Stream:
    return await account_file(access, db, home)


@get(
    "/export/anki",
    summary="Drills as Anki cards",
    media_type="application/octet-stream",
    responses=problem_responses(400, 404, 409),
)
async def give_out_cards(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
    skills: Annotated[Which, Parameter(description="The skills whose drills become cards.")] = "begun",
) -> Stream:
    return await cards_file(learner, curriculum, library, db, skills)


@dataclass
class _Upload(Operation):
    """Litestar knows no body that is neither JSON nor a form."""

    def __post_init__(self) -> None:
        schema = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        self.request_body = RequestBody(content={ZIP: OpenAPIMediaType(schema=schema)}, required=True)


@post(
    "/import",
    status_code=200,
    summary="Take in an export of another Backroad",
    description="The body is the zip that `backroad export` writes. What is here already stays as it is.",
    responses=problem_responses(400, 413, 415, 422, 429),
    operation_class=_Upload,
    request_max_body_size=intake.MOST_BYTES + 1,
)
async def take_in(
    request: Request[Any, Any, Any],
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    limits: NamedDependency[Limits],
    facts: NamedDependency[Facts],
) -> Imported:
    if request.content_type[0] not in ("application/zip", "application/octet-stream"):
        raise Problem("The body must be a zip.", "Send it with content-type: application/zip.", status=415)
    await limits.hit(intake.UPLOADS, access.person.id)
    with await intake.spooled(request.stream()) as file:
        return await intake.take_in(db, access, file, facts)


ROUTER = Router("", route_handlers=[give_out, give_out_cards, take_in], tags=["exchange"])
