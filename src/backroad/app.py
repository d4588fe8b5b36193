"""The composition: what the product is made of, and the web application that serves it."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from litestar import Litestar, Request, Response, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import NamedDependency, Provide
from litestar.exceptions import HTTPException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Server
from litestar.response import Redirect
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp

from backroad import __version__, settings
from backroad.accounts import actions as accounts
from backroad.accounts import api as accounts_api
from backroad.accounts import pages as accounts_pages
from backroad.accounts.actions import NotSetUp
from backroad.accounts.model import Learner
from backroad.calendar import pages as calendar_pages
from backroad.credentials import api as credentials_api
from backroad.credentials import pages as credentials_pages
from backroad.drills import api as drills_api
from backroad.drills import pages as drills_pages
from backroad.exchange import api as exchange_api
from backroad.exchange import pages as exchange_pages
from backroad.grading import api as grading_api
from backroad.grading import metrics as grading_metrics
from backroad.grading import pages as grading_pages
from backroad.identity import account_api, guard, oauth_api, people_api, token_api
from backroad.identity import pages as identity_pages
from backroad.identity.guard import NotProved, NotSignedIn
from backroad.identity.jwts import Jwts
from backroad.identity.mail import Mailer
from backroad.identity.model import Access, Person
from backroad.identity.providers import Providers
from backroad.identity.signing import SigningKeys
from backroad.interview import api as interview_api
from backroad.interview import pages as interview_pages
from backroad.kit import clock, rest
from backroad.kit.errors import Problem
from backroad.kit.graphql import routes as graphql
from backroad.kit.http import (
    SAFE_METHODS,
    OwnHostOnly,
    on_fault,
    on_http_error,
    on_problem,
    refuse_null_bytes,
    wants_json,
)
from backroad.kit.kept import Kept
from backroad.kit.limits import Limits, client_address
from backroad.kit.openapi import Described
from backroad.kit.paths import static_dir
from backroad.kit.requests import note_route
from backroad.labs import api as labs_api
from backroad.labs import metrics as labs_metrics
from backroad.labs import pages as labs_pages
from backroad.lti import pages as lti_pages
from backroad.lti.calls import Calls
from backroad.lti.content import Ground
from backroad.lti.grades import Sender
from backroad.notes import api as notes_api
from backroad.notes import pages as notes_pages
from backroad.operations.around import Surroundings
from backroad.own_roads import api as own_roads_api
from backroad.own_roads import pages as own_roads_pages
from backroad.own_roads.pages import OwnContent
from backroad.placement import api as placement_api
from backroad.placement import pages as placement_pages
from backroad.planner import actions as planner
from backroad.planner import api as planner_api
from backroad.planner import pages as planner_pages
from backroad.product import Product
from backroad.progress import api as progress_api
from backroad.progress import pages as progress_pages
from backroad.progress.pages import EndRange
from backroad.road import api as road_api
from backroad.road import pages as road_pages
from backroad.signing import pages as signing_pages
from backroad.signing.keyring import keyring_of
from backroad.teaching import api as teaching_api
from backroad.teaching import pages as teaching_pages

log = structlog.get_logger()


def _dependencies(product: Product, kept: Kept) -> dict[str, Provide]:
    def renew() -> bool:
        own = product.renew()
        kept.forget()
        return own

    async def learner(person: NamedDependency[Person]) -> Learner:
        return await product.db.run(lambda tx: accounts.the_learner(tx, person.id))

    async def road_end(learner: NamedDependency[Learner]) -> EndRange:
        where = (product.curriculum, product.outlines, product.facts)
        plan = await product.db.run(lambda tx: planner.plan_for(tx, learner, *where, today=clock.today()))
        return plan.end_range

    def constant(value: Any) -> Provide:
        return Provide(lambda: value, sync_to_thread=False, use_cache=True)

    def latest(name: str) -> Provide:
        """Content may be read again while the server runs."""
        return Provide(lambda: getattr(product, name), sync_to_thread=False)

    return {
        "settings": constant(product.settings),
        "providers": constant(Providers(product.settings.providers)),
        "mailer": constant(Mailer(product.settings.mail_url, product.settings.mail_from)),
        "access": Provide(guard.access),
        "person": Provide(guard.person),
        "db": constant(product.db),
        "curriculum": latest("curriculum"),
        "library": latest("library"),
        "labs": constant(product.labs),
        "outlines": constant(product.outlines),
        "facts": latest("facts"),
        "places": latest("places"),
        "home": constant(product.settings.home),
        "own_content": constant(OwnContent(product.settings.home, renew, lambda: product.curriculum)),
        "database_file": constant(str(product.settings.database_file)),
        "learner": Provide(learner),
        "road_end": Provide(road_end),
    }


def _on_not_set_up(request: Request[Any, Any, Any], error: NotSetUp) -> Response[Any]:
    """People are asked the five questions first; programs are told."""
    return on_problem(request, error) if wants_json(request) else Redirect("/setup", status_code=303)


def _on_not_signed_in(request: Request[Any, Any, Any], error: NotSignedIn) -> Response[Any]:
    """People go to the sign-in and come back; programs are told how to show who they are (RFC 6750, section 3)."""
    if wants_json(request) or request.method not in SAFE_METHODS:
        answer = on_problem(request, error)
        answer.headers["www-authenticate"] = 'Bearer realm="Backroad"'
        return answer
    query = f"?{request.url.query}" if request.url.query else ""
    return Redirect(f"/login?next={quote(request.url.path + query)}", status_code=303)


def _answers(product: Product) -> graphql.Answers:
    from backroad.schema import Answers

    return Answers(product)


def create_app(
    product: Product | None = None, *, more_pages: Sequence[Any] = (), more_api: Sequence[Any] = ()
) -> ASGIApp:
    """The ASGI application. Without a product, the one of the environment's settings; with further handlers, if any.

    The guard stands around the whole of it: Litestar's own middleware would not see addresses that have no route.
    """
    surroundings = Surroundings(product.settings if product else settings.load())
    product = product or Product.open(settings.load())
    for problem in (*(mistake.sentence for mistake in product.curriculum.problems), *product.library.problems):
        log.warning("content left out", reason=problem)
    chosen = product.settings
    own = urlsplit(chosen.public_url)
    hosts = (
        [own.netloc] if chosen.is_server else [f"{name}:{chosen.port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    )
    over_tls = own.scheme == "https"
    parts = (
        accounts_api,
        road_api,
        planner_api,
        drills_api,
        placement_api,
        interview_api,
        progress_api,
        notes_api,
        labs_api,
        grading_api,
        credentials_api,
        exchange_api,
        own_roads_api,
    )
    of_server = (token_api, account_api, people_api, teaching_api) if chosen.is_server else ()
    api = [module.ROUTER for module in (*parts, *of_server)]
    pages = [
        route
        for module in (
            *([identity_pages, oauth_api, teaching_pages] if chosen.is_server else []),
            accounts_pages,
            planner_pages,
            road_pages,
            own_roads_pages,
            drills_pages,
            placement_pages,
            interview_pages,
            labs_pages,
            grading_pages,
            notes_pages,
            progress_pages,
            exchange_pages,
            calendar_pages,
            credentials_pages,
            signing_pages,
            *([lti_pages] if chosen.is_server else []),
        )
        for route in module.ROUTES
    ]
    static = create_static_files_router(
        path="/static",
        directories=[static_dir()],
        before_request=refuse_null_bytes,
        cache_control=CacheControlHeader(max_age=31_536_000, immutable=True),
        opt={"public": True},
    )
    limits = Limits(chosen.redis_url)
    calls = Calls()
    grades = Sender(
        product.db, keyring_of(chosen), calls, lambda: Ground(product.curriculum, product.labs, product.facts)
    )
    jwts = Jwts(chosen.public_url, SigningKeys(chosen.secret_key))

    def who(request: Request[Any, Any, Any]) -> str:
        access: Access | None = request.scope.get("access")  # type: ignore[assignment]
        return access.person.id if access else client_address(request.scope, chosen.trusted_proxies)

    count = rest.counted(limits if chosen.is_server else None, who)
    kept = Kept(product.db)
    graphql_api = graphql.handlers(lambda: _answers(product), "/api/graphql", count)
    rest_api = Router("/api/v1", route_handlers=[*api, *more_api], **rest.rules(product.db, count, who, kept))
    app = Litestar(
        route_handlers=[*pages, *more_pages, static, *graphql_api, rest_api],
        guards=[guard.Door(product.db, jwts, secure=over_tls) if chosen.is_server else guard.let_in],
        dependencies={
            **_dependencies(product, kept),
            "limits": Provide(lambda: limits, sync_to_thread=False),
            "calls": Provide(lambda: calls, sync_to_thread=False),
            "jwts": Provide(lambda: jwts, sync_to_thread=False),
        },
        exception_handlers={
            NotSetUp: _on_not_set_up,
            NotSignedIn: _on_not_signed_in,
            NotProved: identity_pages.ask_again,
            Problem: on_problem,
            HTTPException: on_http_error,
            Exception: on_fault,
        },
        openapi_config=OpenAPIConfig(
            title="Backroad",
            version=__version__,
            description="What the pages show, for programs. Errors are problem documents (RFC 9457).",
            path="/api/v1/openapi",
            render_plugins=[Described(limited=chosen.is_server)],
            servers=[Server(url="/")],
        ),
        before_request=kept.look,
        before_send=[note_route, kept.note],
        on_startup=[grades.start] if chosen.is_server else [],
        on_shutdown=[grades.stop, limits.close, kept.close, product.close, surroundings.close],
        logging_config=None,
        request_max_body_size=1_000_000,
    )
    cookie = guard.cookie_name(over_tls) if chosen.is_server else ""
    guarded = OwnHostOnly(app, hosts, over_tls=over_tls, cookie=cookie)
    return surroundings.around(guarded, product.db, labs_metrics.READINGS + grading_metrics.READINGS)
