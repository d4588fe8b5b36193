"""The composition: what the product is made of, and the web application that serves it."""

from typing import Any

import structlog
from litestar import Litestar, Request, Response, Router, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
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
from backroad.drills import api as drills_api
from backroad.drills import pages as drills_pages
from backroad.exchange import pages as exchange_pages
from backroad.kit import logs
from backroad.kit.errors import Problem
from backroad.kit.http import (
    OwnHostOnly,
    on_fault,
    on_http_error,
    on_problem,
    read_strictly,
    refuse_null_bytes,
    wants_json,
)
from backroad.kit.openapi import Described
from backroad.kit.paths import static_dir
from backroad.labs import api as labs_api
from backroad.labs import pages as labs_pages
from backroad.notes import api as notes_api
from backroad.notes import pages as notes_pages
from backroad.planner import api as planner_api
from backroad.planner import pages as planner_pages
from backroad.product import Product
from backroad.progress import api as progress_api
from backroad.progress import pages as progress_pages
from backroad.road import api as road_api
from backroad.road import pages as road_pages

log = structlog.get_logger()


def _dependencies(product: Product) -> dict[str, Provide]:
    async def learner() -> Learner:
        return await product.db.run(accounts.the_learner)

    def constant(value: Any) -> Provide:
        return Provide(lambda: value, sync_to_thread=False, use_cache=True)

    return {
        "db": constant(product.db),
        "curriculum": constant(product.curriculum),
        "library": constant(product.library),
        "labs": constant(product.labs),
        "outlines": constant(product.outlines),
        "facts": constant(product.facts),
        "places": constant(product.places),
        "database_file": constant(str(product.settings.database_file)),
        "learner": Provide(learner),
    }


def _on_not_set_up(request: Request[Any, Any, Any], error: NotSetUp) -> Response[Any]:
    """People are asked the five questions first; programs are told."""
    return on_problem(request, error) if wants_json(request) else Redirect("/setup", status_code=303)


@get("/livez", include_in_schema=False, sync_to_thread=False)
def livez() -> str:
    return "ok"


def create_app(product: Product | None = None) -> ASGIApp:
    """The ASGI application. Without a product, the one of the environment's settings.

    The guard stands around the whole of it: Litestar's own middleware would not see addresses that have no route.
    """
    logs.configure()
    product = product or Product.open(settings.load())
    for problem in (*(mistake.sentence for mistake in product.curriculum.problems), *product.library.problems):
        log.warning("content left out", reason=problem)
    port = product.settings.port
    hosts = [f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]")]
    api = [m.ROUTER for m in (accounts_api, road_api, planner_api, drills_api, progress_api, notes_api, labs_api)]
    pages = [
        route
        for module in (
            accounts_pages,
            planner_pages,
            road_pages,
            drills_pages,
            labs_pages,
            notes_pages,
            progress_pages,
            exchange_pages,
        )
        for route in module.ROUTES
    ]
    static = create_static_files_router(
        path="/static",
        directories=[static_dir()],
        before_request=refuse_null_bytes,
        cache_control=CacheControlHeader(max_age=31_536_000, immutable=True),
    )
    app = Litestar(
        route_handlers=[*pages, livez, static, Router("/api/v1", route_handlers=api, before_request=read_strictly)],
        dependencies=_dependencies(product),
        exception_handlers={
            NotSetUp: _on_not_set_up,
            Problem: on_problem,
            HTTPException: on_http_error,
            Exception: on_fault,
        },
        openapi_config=OpenAPIConfig(
            title="Backroad",
            version=__version__,
            description="What the pages show, for programs. Errors are problem documents (RFC 9457).",
            path="/api/v1/openapi",
            render_plugins=[Described()],
            servers=[Server(url="/")],
        ),
        on_shutdown=[product.close],
        logging_config=None,
        request_max_body_size=1_000_000,
    )
    return OwnHostOnly(app, hosts)
