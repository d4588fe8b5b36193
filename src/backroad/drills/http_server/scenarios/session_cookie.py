"""A login that gives a new session, and a logout that ends it on the server."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to


class SessionCookie(Scenario):
    name: ClassVar[str] = "session-cookie"
    goals: ClassVar[dict[str, str]] = {
        "account": "After the login, `/account` is read with the session: `200`.",
        "bare": "`Cookie` holds names and values, no attributes.",
        "ended": "After `POST /logout`, `/account` is asked for with the old cookie, and refused: `401`.",
    }

    def begin(self) -> None:
        self.users: dict[str, str] = {}

    def resources(self) -> Resources:
        return {
            "/login": {"GET": self.visit, "POST": self.login},
            "/account": {"GET": self.account},
            "/logout": {"POST": self.logout},
        }

    def given(self, name: str) -> Reply:
        sid = self.drawn(name, 16)
        self.users[sid] = "" if name == "visit" else "ada"
        return plain(204, Set_Cookie=f"sid={sid}; Path=/; HttpOnly; SameSite=Lax")

    def visit(self, request: Request) -> Reply:
        return self.given("visit")

    def login(self, request: Request) -> Reply:
        if request.cookies.get("sid") not in self.users:
            return problem(403, "Begin with GET /login.")
        if request.form != {"user": "ada", "password": "Notes-1843"}:
            return problem(401, "The name or the password is wrong.")
        self.users.pop(request.cookies["sid"], None)  # what was known before the login is worth nothing after it
        return self.given("login")

    def account(self, request: Request) -> Reply:
        if not self.users.get(request.cookies.get("sid", "")):
            return problem(401, "Who are you?")
        return as_json(200, {"user": "ada", "balance": f"{int(self.drawn('balance', 3), 16)}.00"})

    def logout(self, request: Request) -> Reply:
        self.users.pop(request.cookies.get("sid", ""), None)
        return plain(204, Set_Cookie="sid=; Path=/; Max-Age=0")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        if not to(seen, "GET", "/account", 200):
            tried = to(seen, "GET", "/account")
            missed["account"] = f"`GET /account` got `{tried[0].status}`." if tried else "`/account` was not asked for."
        if any(name.lower() in ("path", "httponly", "samesite") for one in seen for name in one.request.cookies):
            missed["bare"] = "Attributes are for the browser; they went back to the server as if they were cookies."
        given = {one.reply.header("Set-Cookie").partition(";")[0] for one in to(seen, "POST", "/login", 204)}
        out = to(seen, "POST", "/logout", 204)
        after = to(seen[seen.index(out[0]) :], "GET", "/account", 401) if out else []
        if not out:
            missed["ended"] = "Nobody logged out."
        elif not any(f"sid={one.request.cookies.get('sid')}" in given for one in after):
            missed["ended"] = "Nobody tried the old cookie after the logout."
        return missed
