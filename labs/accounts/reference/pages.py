"""The pages, for browsers: a cookie says who they are, and every form carries a token that only our pages know."""

import hashlib
import hmac
from html import escape
from urllib.parse import urlencode

import accounts
import provider
import rules
import sessions
from accounts import Unverified
from asgi import Answer, Handler, Problem, Request, Routes
from database import new_secret
from desk import Desk
from sessions import Caller

# __Host-: the browser takes it over HTTPS (or from localhost) only, for this host only, for all paths.
COOKIE = "__Host-session"
FLAGS = "Path=/; Secure; HttpOnly; SameSite=Lax"
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
HTML = "text/html; charset=utf-8"


class Pages:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.database = desk.database
        self.provider = desk.provider

    def routes(self) -> Routes:
        routes: Routes = [
            ("/login", {"GET": self.show_login, "POST": self.log_in}),
            ("/login/provider", {"GET": self.go_to_provider}),
            ("/login/callback", {"GET": self.come_back}),
            ("/account", {"GET": self.show_account, "POST": self.rename}),
            ("/logout", {"POST": self.log_out}),
        ]
        return [(path, {method: page(handler) for method, handler in row.items()}) for path, row in routes]

    async def show_login(self, request: Request) -> Answer:
        """A visitor gets a cookie too, so that the form can be bound to it."""
        known = request.cookie(COOKIE)
        cookie = known or new_secret()[0]
        next_page = escape(rules.local_path(request.query.get("next", "")))
        body = (
            f'<form method="post" action="/login">{hidden(cookie)}<input type="hidden" name="next" value="{next_page}">'
            '<label>E-mail <input name="email" type="email" autocomplete="username"></label>'
            '<label>Password <input name="password" type="password" autocomplete="current-password"></label>'
            '<label>Code <input name="code" autocomplete="one-time-code"></label>'
            "<button>Sign in</button></form>"
            f'<p><a href="/login/provider?{urlencode({"next": next_page})}">Sign in with the provider</a></p>'
        )
        return html(200, "Sign in", body, {} if known else set_cookie(cookie))

    async def log_in(self, request: Request) -> Answer:
        form = await self.form(request)
        email, password, code = (form.get(name, "") for name in ("email", "password", "code"))
        account = await self.desk.admit(email[:1000], password[:1000], code or None)
        return await self._signed_in(request, account.id, form.get("next", ""))

    async def _signed_in(self, request: Request, account: str, next_page: str) -> Answer:
        """With a new cookie: the old one may have been known to somebody else."""
        old = await self.database.run(sessions.by_cookie, request.cookie(COOKIE))
        if old is not None:
            await self.database.run(sessions.end, old.session)
        until = self.desk.in_seconds(self.desk.settings.session_seconds)
        _, cookie = await self.database.run(sessions.start, account, "page", until)
        return Answer(303, None, {"Location": rules.local_path(next_page), **set_cookie(cookie)})

    async def go_to_provider(self, request: Request) -> Answer:
        known = request.cookie(COOKIE)
        visitor = known or new_secret()[0]
        next_page = rules.local_path(request.query.get("next", ""))
        state, sign_in = await self.database.run(provider.begin, visitor, next_page)
        url = await self.provider.authorization_url(state, sign_in)
        return Answer(303, None, {"Location": url, **({} if known else set_cookie(visitor))})

    async def come_back(self, request: Request) -> Answer:
        visitor, asked = request.cookie(COOKIE), request.query
        sign_in = await self.database.run(provider.take, visitor, asked.get("state", ""))
        if sign_in is None or "code" not in asked:
            raise Problem(400, "This sign-in did not begin here, or was ended.")
        claims = await self.provider.claims(asked["code"], sign_in)
        account = await self.database.run(accounts.of_identity, claims)
        if account.disabled:
            raise Problem(403, "This account is disabled.")
        return await self._signed_in(request, account.id, sign_in.next)

    async def show_account(self, request: Request) -> Answer:
        caller = await self.caller(request)
        account, token = caller.account, hidden(request.cookie(COOKIE))
        body = (
            f"<p>{escape(account.name)}, {escape(account.email)}</p>"
            f'<form method="post" action="/account">{token}'
            f'<label>Name <input name="name" value="{escape(account.name)}"></label><button>Change</button></form>'
            f'<form method="post" action="/logout">{token}<button>Sign out</button></form>'
        )
        return html(200, "Your account", body)

    async def rename(self, request: Request) -> Answer:
        caller = await self.caller(request)
        form = await self.form(request)
        try:
            name = rules.name(form.get("name"))
        except ValueError as error:
            raise Problem(422, f"The name {error}.") from None
        await self.database.run(accounts.change, caller.account.id, {"name": name})
        return Answer(303, None, {"Location": "/account"})

    async def log_out(self, request: Request) -> Answer:
        caller = await self.caller(request)
        await self.form(request)
        await self.database.run(sessions.end, caller.session)
        return Answer(303, None, {"Location": "/login", "Set-Cookie": f"{COOKIE}=; {FLAGS}; Max-Age=0"})

    async def caller(self, request: Request) -> Caller:
        caller = await self.database.run(sessions.by_cookie, request.cookie(COOKIE))
        if caller is None:
            raise SignInFirst
        return caller

    async def form(self, request: Request) -> dict[str, str]:
        """A form that one of our pages showed to this very browser; another site can send forms, but not read ours."""
        form = await request.form()
        cookie = request.cookie(COOKIE)
        if not cookie or not hmac.compare_digest(form.get("csrf_token", "").encode(), csrf_token(cookie).encode()):
            raise Problem(403, "This form is not from this page. Load the page again.")
        return form


class SignInFirst(Exception):
    pass


def page(handler: Handler) -> Handler:
    """The handler, with refusals shown as pages."""

    async def answer(request: Request, **arguments: str) -> Answer:
        try:
            return await handler(request, **arguments)
        except SignInFirst:
            return Answer(303, None, {"Location": "/login"})
        except Unverified:
            return html(403, "The provider has not verified your address.", "")
        except provider.Refused:
            return html(502, "The provider could not tell who you are.", "")
        except Problem as problem:
            return html(problem.answer.status, problem.title, "", problem.answer.headers)

    return answer


def html(status: int, title: str, body: str, headers: dict[str, str] | None = None) -> Answer:
    text = f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>{body}</html>'
    return Answer(status, text, {**HEADERS, **(headers or {})}, HTML)


def hidden(cookie: str) -> str:
    return f'<input type="hidden" name="csrf_token" value="{csrf_token(cookie)}">'


def csrf_token(cookie: str) -> str:
    """Follows from the cookie, and the cookie does not follow from it."""
    return hashlib.sha256(b"csrf:" + cookie.encode()).hexdigest()


def set_cookie(value: str) -> dict[str, str]:
    return {"Set-Cookie": f"{COOKIE}={value}; {FLAGS}"}
