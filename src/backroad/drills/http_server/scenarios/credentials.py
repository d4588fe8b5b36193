"""Two ways to be let in: Basic after a challenge, and Bearer tokens with scopes."""

import base64
import binascii
from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to


def basic(request: Request) -> tuple[str, str]:
    """Name and password of `Authorization: Basic`; empty where there are none."""
    scheme, _, coded = request.header("Authorization").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        name, _, password = base64.b64decode(coded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, password


class BasicChallenge(Scenario):
    name: ClassVar[str] = "basic-challenge"
    goals: ClassVar[dict[str, str]] = {
        "challenged": "The first request for `/metrics` carries no credentials, and gets `401` with the challenge.",
        "admitted": "Then `/metrics` is read with Ada's name and password: `200`.",
        "sparing": "`/health`, which asks nobody, is read without credentials: `200`.",
    }

    def resources(self) -> Resources:
        return {"/metrics": {"GET": self.metrics}, "/health": {"GET": self.health}}

    def metrics(self, request: Request) -> Reply:
        if basic(request) != ("ada", "grün:7"):
            return problem(401, "Who are you?", WWW_Authenticate='Basic realm="metrics", charset="UTF-8"')
        return plain(200, f"requests_total {int(self.drawn('requests', 4), 16)}\n", Content_Type="text/plain")

    def health(self, request: Request) -> Reply:
        return plain(200, "ok\n", Content_Type="text/plain")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        asked = to(seen, "GET", "/metrics")
        if not asked or asked[0].status != 401 or asked[0].request.header("Authorization"):
            missed["challenged"] = (
                "The first request carried credentials already." if asked else "It was not asked for."
            )
        if not to(seen, "GET", "/metrics", 200):
            tried = [one.request for one in asked if one.request.header("Authorization")]
            missed["admitted"] = (
                "No credentials were sent." if not tried
                else "The name or the password is wrong." if any(basic(one)[0] for one in tried)
                else "`Authorization` does not hold `Basic` and the base64 of a name and a password."
            )  # fmt: skip
        health = to(seen, "GET", "/health", 200)
        if not health or any(one.request.header("Authorization") for one in health):
            missed["sparing"] = "The password went where nobody had asked for it." if health else "It was not read."
        return missed


class BearerScope(Scenario):
    """A service that gets its tokens for itself (client credentials), each for the scopes it asks for."""

    name: ClassVar[str] = "bearer-scope"
    goals: ClassVar[dict[str, str]] = {
        "told": "A `POST /reports` with a token for `reports.read` is refused: `403`.",
        "written": "Then a report is written: `POST /reports` gets `201`.",
        "least": "No token is asked for with more scopes than the request at hand needs.",
        "secret": "The client's secret is sent in `Authorization: Basic`, nowhere else.",
    }

    def begin(self) -> None:
        self.scopes: dict[str, list[str]] = {}

    def resources(self) -> Resources:
        return {"/token": {"POST": self.token}, "/reports": {"GET": self.read, "POST": self.write}}

    def token(self, request: Request) -> Reply:
        sent = request.form
        known = [basic(request), (sent.get("client_id"), sent.get("client_secret"))]
        if ("billing", "s3cret") not in known:
            return as_json(401, {"error": "invalid_client"}, WWW_Authenticate='Basic realm="token"')
        if sent.get("grant_type") != "client_credentials":
            return as_json(400, {"error": "unsupported_grant_type"})
        scopes = [one for one in sent.get("scope", "").split() if one in ("reports.read", "reports.write")]
        if not scopes:
            return as_json(400, {"error": "invalid_scope"})
        token = self.drawn(f"token {len(self.scopes)}", 24)
        self.scopes[token] = scopes
        return as_json(200, {"access_token": token, "token_type": "Bearer", "scope": " ".join(scopes)})

    def read(self, request: Request) -> Reply:
        return self.refused(request, "reports.read") or as_json(200, [])

    def write(self, request: Request) -> Reply:
        return self.refused(request, "reports.write") or as_json(
            201, {"id": 1, **request.object}, Location="/reports/1"
        )

    def refused(self, request: Request, scope: str) -> Reply | None:
        if request.bearer not in self.scopes:
            return problem(401, "Who are you?", WWW_Authenticate='Bearer realm="reports"')
        if scope in self.scopes[request.bearer]:
            return None
        return problem(
            403, "Not with this token.", WWW_Authenticate=f'Bearer error="insufficient_scope", scope="{scope}"'
        )

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        if not to(seen, "POST", "/reports", 403):
            missed["told"] = "No `POST /reports` got `403`."
        if not to(seen, "POST", "/reports", 201):
            missed["written"] = "No `POST /reports` got `201`."
        asked = to(seen, "POST", "/token")
        if any(len(one.request.form.get("scope", "").split()) > 1 for one in asked):
            missed["least"] = "A token was asked for that may read and write: whoever steals it may both."
        if not asked or any("client_secret" in one.request.form for one in asked):
            missed["secret"] = "The secret stood in the form." if asked else "No token was asked for."
        return missed
