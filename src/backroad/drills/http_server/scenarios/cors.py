"""An API on another origin than the page whose script calls it: you are the browser."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

ORIGIN = "https://app.example.com"


def preflight(request: Request, methods: str, headers: str) -> Reply:
    """What an API says that lets this one origin in."""
    if request.header("Origin") != ORIGIN or not request.header("Access-Control-Request-Method"):
        return Reply(204, (("Allow", methods), ("Vary", "Origin")))
    return Reply(
        204,
        (
            ("Access-Control-Allow-Origin", ORIGIN),
            ("Access-Control-Allow-Methods", methods),
            ("Access-Control-Allow-Headers", headers),
            ("Vary", "Origin"),
        ),
    )


def allowed(request: Request) -> dict[str, str]:
    """The headers of an answer that the page may read."""
    return {"Access_Control_Allow_Origin": ORIGIN} if request.header("Origin") == ORIGIN else {}


def asks(one: Exchange, method: str) -> bool:
    return one.request.header("Access-Control-Request-Method") == method


class CorsPreflight(Scenario):
    name: ClassVar[str] = "cors-preflight"
    goals: ClassVar[dict[str, str]] = {
        "asked": "The preflight names the origin, the method, and exactly those headers that need permission.",
        "bare": "The preflight carries neither a token nor a cookie.",
        "sent": "After it was allowed, the `PATCH` is sent, and gets `200`.",
        "origin": "The `PATCH` names its origin too.",
    }

    def resources(self) -> Resources:
        return {"/orders/7": {"PATCH": self.change, "OPTIONS": self.preflight}}

    def preflight(self, request: Request) -> Reply:
        return preflight(request, "GET, PATCH", "Authorization, Content-Type")

    def change(self, request: Request) -> Reply:
        if request.bearer != "ada-7":
            return problem(401, "Who are you?", WWW_Authenticate="Bearer", **allowed(request))
        if request.media_type != "application/json":
            return problem(415, "Send JSON.", **allowed(request))
        return as_json(200, {"id": 7, **request.object}, Vary="Origin", **allowed(request))

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        asked = to(seen, "OPTIONS", "/orders/7")
        missed = {}
        if not asked:
            missed = dict.fromkeys(("asked", "bare"), "There was no `OPTIONS /orders/7`.")
        elif not any(_complete(one) for one in asked):
            missed["asked"] = "The names of the origin, the method or the headers are not those of the `PATCH`."
        if any(one.request.header("Authorization") or one.request.header("Cookie") for one in asked):
            missed["bare"] = "The preflight carried credentials, which a browser never does."
        changed = to(seen, "PATCH", "/orders/7", 200)
        granted = [one for one in asked if one.reply.header("Access-Control-Allow-Origin") and asks(one, "PATCH")]
        if not changed:
            missed["sent"] = "No `PATCH` got `200`."
        elif not granted or seen.index(granted[0]) > seen.index(changed[0]):
            missed["sent"] = "The `PATCH` went out before a preflight had been allowed."
        if not all(one.request.header("Origin") == ORIGIN for one in to(seen, "PATCH", "/orders/7")) or not changed:
            missed["origin"] = f"A `PATCH` without `Origin: {ORIGIN}` gets no `Access-Control-Allow-Origin`."
        return missed


def _complete(one: Exchange) -> bool:
    named = {name.strip().lower() for name in one.request.header("Access-Control-Request-Headers").split(",")}
    return one.request.header("Origin") == ORIGIN and asks(one, "PATCH") and named == {"authorization", "content-type"}


class CorsBrowser(Scenario):
    """Three calls of a script: one needs no permission, one does not get it, one needs none although it posts."""

    name: ClassVar[str] = "cors-browser"
    goals: ClassVar[dict[str, str]] = {
        "read": "The `GET` is sent at once, with its origin.",
        "asked": "The `DELETE` is asked for in a preflight.",
        "stopped": "What the preflight does not allow is not sent.",
        "posted": "The `POST` of plain text is sent at once, with its origin and its type.",
        "spared": "There is no preflight that a browser would not send.",
    }

    def resources(self) -> Resources:
        return {
            "/prices": {"GET": self.read, "OPTIONS": self.preflight},
            "/prices/7": {"DELETE": self.delete, "OPTIONS": self.preflight},
            "/log": {"POST": self.log, "OPTIONS": self.preflight},
        }

    def preflight(self, request: Request) -> Reply:
        return preflight(request, "GET, POST", "Content-Type")

    def read(self, request: Request) -> Reply:
        return as_json(200, {"7": "19.90"}, Vary="Origin", **allowed(request))

    def delete(self, request: Request) -> Reply:
        return plain(204, **allowed(request))

    def log(self, request: Request) -> Reply:
        return plain(204, **allowed(request))

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        reads, posts = to(seen, "GET", "/prices", 200), to(seen, "POST", "/log", 204)
        if not any(one.request.header("Origin") == ORIGIN for one in reads):
            missed["read"] = f"No `GET /prices` with `Origin: {ORIGIN}` was sent."
        asked = [one for one in to(seen, "OPTIONS", "/prices/7") if asks(one, "DELETE")]
        if not any(one.request.header("Origin") == ORIGIN for one in asked):
            missed["asked"] = "No preflight asked for `DELETE` on `/prices/7` with the page's origin."
        if to(seen, "DELETE", "/prices/7"):
            missed["stopped"] = "The `DELETE` was sent, although the preflight's answer does not list it."
        if not any(one.request.header("Origin") == ORIGIN and one.request.media_type == "text/plain" for one in posts):
            missed["posted"] = "No `POST /log` of `text/plain` with the page's origin was sent."
        if to(seen, "OPTIONS", "/prices") or to(seen, "OPTIONS", "/log"):
            missed["spared"] = "A preflight was sent for a request that needs none."
        return missed
