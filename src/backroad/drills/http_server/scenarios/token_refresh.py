"""Access tokens that live two seconds, and refresh tokens that hold once."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

LIFE = 2


class TokenRefresh(Scenario):
    name: ClassVar[str] = "token-refresh"
    goals: ClassVar[dict[str, str]] = {
        "read": "`/me` is read with the token of the login.",
        "refreshed": "After that has expired, `/me` is read with a refreshed one.",
        "rotated": "After that has expired too, `/me` is read with the next.",
        "needed": "No token is refreshed before it has expired.",
    }

    def begin(self) -> None:
        self.expires: dict[str, float] = {}
        self.refresh = ""
        self.issued = 0

    def resources(self) -> Resources:
        return {"/login": {"POST": self.login}, "/token": {"POST": self.token}, "/me": {"GET": self.me}}

    def issue(self) -> Reply:
        self.issued += 1
        access, self.refresh = (self.drawn(f"{what} {self.issued}", 20) for what in ("access", "refresh"))
        self.expires[access] = self.clock.now() + LIFE
        return as_json(200, {"access_token": access, "refresh_token": self.refresh, "expires_in": LIFE})

    def login(self, request: Request) -> Reply:
        if (request.object.get("user"), request.object.get("password")) != ("ada", "Notes-1843"):
            return problem(401, "The name or the password is wrong.")
        return self.issue()

    def token(self, request: Request) -> Reply:
        sent = request.form
        if sent.get("grant_type") != "refresh_token":
            return as_json(400, {"error": "unsupported_grant_type"})
        if not self.refresh or sent.get("refresh_token") != self.refresh:
            self.refresh, self.expires = "", {}  # used twice: somebody has stolen it
            return as_json(400, {"error": "invalid_grant", "error_description": "Used before; all are revoked."})
        return self.issue()

    def me(self, request: Request) -> Reply:
        if self.expires.get(request.bearer, -1.0) <= self.clock.now():
            return problem(401, "The token is not valid.", WWW_Authenticate='Bearer error="invalid_token"')
        return as_json(200, {"name": "Ada"})

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        renewals = to(seen, "POST", "/token", 200)
        generations = [[_access(one) for one in to(seen, "POST", "/login", 200)], *([_access(one)] for one in renewals)]
        read = {one.request.bearer for one in to(seen, "GET", "/me", 200)}
        for goal, tokens in zip(("read", "refreshed", "rotated"), generations, strict=False):
            if not read.intersection(tokens):
                missed[goal] = "`/me` was not read with this token."
        for goal in ("read", "refreshed", "rotated")[len(generations) :]:
            refused = to(seen, "POST", "/token", 400)
            missed[goal] = "The refresh token was refused." if refused else "The token was not refreshed."
        if not generations[0]:
            missed["read"] = "Nobody logged in."
        issued = [*to(seen, "POST", "/login", 200), *renewals]
        if any(later.at < earlier.at + LIFE - 0.01 for earlier, later in zip(issued, renewals, strict=False)):
            missed["needed"] = "A token was refreshed while it was still good."
        return missed


def _access(one: Exchange) -> str:
    return str(one.said.get("access_token"))
