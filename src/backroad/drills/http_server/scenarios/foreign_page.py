"""An API that trusts the cookie alone, beside one that was mended."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

EVE = "eve@evil.example"
FOREIGN = "https://evil.example"
FORM_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
FORM_HEADERS = frozenset(
    ("host", "cookie", "origin", "referer", "content-type", "content-length", "user-agent", "accept",
     "accept-language", "accept-encoding", "connection"),
)  # fmt: skip


class ForeignPage(Scenario):
    name: ClassVar[str] = "foreign-page"
    goals: ClassVar[dict[str, str]] = {
        "changed": f"`POST /email` changes Ada's address to `{EVE}`: `200`.",
        "simple": f"All requests come from `{FOREIGN}`, and a form could send them: its types, no further headers.",
        "mended": "`POST /v2/email` refuses the same request.",
    }

    def resources(self) -> Resources:
        return {"/email": {"POST": self.change}, "/v2/email": {"POST": self.change_guarded}}

    def change(self, request: Request) -> Reply:
        if request.cookies.get("sid") != "ada-7f3":
            return problem(401, "Who are you?")
        if not isinstance(request.object.get("email"), str):
            return problem(422, 'Send {"email": "…"}.')
        return as_json(200, {"email": request.object["email"]})

    def change_guarded(self, request: Request) -> Reply:
        if request.header("Origin") != "https://app.example.com":
            return problem(403, "This page may not do that.")
        if request.media_type != "application/json":
            return problem(415, "Send JSON.")
        return self.change(request)

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        if not any(one.request.object.get("email") == EVE for one in to(seen, "POST", "/email", 200)):
            missed["changed"] = "The address is as it was."
        posts = [one.request for one in seen if one.method == "POST"]
        own = [name for one in posts for name, _ in one.headers if name.lower() not in FORM_HEADERS]
        if not posts or any(one.header("Origin") != FOREIGN for one in posts):
            missed["simple"] = f"A request does not say `Origin: {FOREIGN}`, which the browser adds to it."
        elif any(one.media_type not in FORM_TYPES for one in posts):
            missed["simple"] = "No form can send this content type: the browser would send a preflight first."
        elif own:
            missed["simple"] = f"No form can send `{own[0]}`: the browser would send a preflight first."
        refused = to(seen, "POST", "/v2/email", 403, 415)
        if not any(one.request.object.get("email") == EVE for one in refused):
            missed["mended"] = "Nothing of this was refused there."
        return missed
