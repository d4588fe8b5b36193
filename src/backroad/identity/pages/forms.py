"""What the pages of accounts share: fields of forms, mistakes in them, and letters that go out after the answer."""

from typing import Annotated, Any

from litestar import Response
from litestar.background_tasks import BackgroundTask
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from backroad.identity import letters
from backroad.identity.letters import Letter
from backroad.identity.mail import Mailer
from backroad.kit.errors import Problem
from backroad.kit.pages import page

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
PUBLIC = {"public": True}


def field(data: dict[str, Any], name: str) -> str:
    """Empty where it is missing; the first where there are several."""
    value = data.get(name, "")
    return str(value[0] if isinstance(value, list) and value else value)


def mistaken(template: str, problem: Problem, **context: Any) -> Response[Any]:
    """The form once more, with what is wrong."""
    answer = page(template, status=problem.status, problem=str(problem), **context)
    answer.headers.update(problem.headers)
    return answer


def mailing(answer: Response[Any], mailer: Mailer, out: list[Letter]) -> Response[Any]:
    """Nobody waits for the mail server, or can tell by waiting whether there was a letter."""
    answer.background = BackgroundTask(letters.post, mailer, out)
    return answer


def back(to: str) -> Response[Any]:
    return Redirect(to, status_code=303)
