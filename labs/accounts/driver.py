"""How the checks use an account service. See `backroad.verifier.drivers.identity` for what each hook is for."""

import weakref
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Collection, Person
from backroad.verifier.drivers.browser import Browser
from backroad.verifier.drivers.identity import Account, Accounts, Tokens
from backroad.verifier.target import Target

VARIABLES = {
    "access": "ACCESS_SECONDS",
    "reset": "RESET_SECONDS",
    "verify": "VERIFY_SECONDS",
    "login window": "LOGIN_WINDOW_SECONDS",
}
_admins: "weakref.WeakKeyDictionary[Target, Account]" = weakref.WeakKeyDictionary()  # made once in a run


class Driver(Accounts):
    collection = Collection(path="/me", text="name")

    def sign_up(self, account: Account) -> Request:
        body = {"email": account.email, "password": account.password, "name": account.name}
        return Request("POST", "/accounts", json=body)

    def verify(self, token: str) -> Request:
        return Request("POST", "/accounts/verify", json={"token": token})

    def log_in(self, email: str, password: str, code: str = "") -> Request:
        more = {"code": code} if code else {}
        return Request("POST", "/tokens", json={"email": email, "password": password, **more})

    def refresh(self, token: str) -> Request:
        return Request("POST", "/tokens/refresh", json={"refresh_token": token})

    def log_out(self) -> Request:
        return Request("DELETE", "/tokens")

    def who(self) -> Request:
        return Request("GET", "/me")

    def forgot(self, email: str) -> Request:
        return Request("POST", "/password/forgot", json={"email": email})

    def reset(self, token: str, password: str) -> Request:
        return Request("POST", "/password/reset", json={"token": token, "password": password})

    def change_password(self, old: str, new: str) -> Request:
        return Request("POST", "/me/password", json={"current_password": old, "password": new})

    async def admin(self) -> Person:
        account = _admins.get(self.bench.target)
        if account is None:
            account = self.new(name="Administrator")
            told = {"ADMIN_EMAIL": account.email, "ADMIN_PASSWORD": account.password}
            maker = await self.bench.second_instance(env=told)
            await maker.stop()
            _admins[self.bench.target] = account
        return self.person_of(await self.sign_in(account))

    def admin_requests(self, other: str) -> list[Request]:
        return [
            Request("GET", "/accounts"),
            Request("GET", f"/accounts/{other}"),
            Request("PATCH", f"/accounts/{other}", json={"disabled": False}),
            Request("PATCH", f"/accounts/{other}", json={"role": "user"}),
        ]

    def promotions(self, own: str) -> list[Request]:
        return [Request("PATCH", f"/accounts/{own}", json={"role": "admin"})]

    async def accounts_of(self, admin: Person, email: str) -> list[dict[str, Any]]:
        answer = await admin.client.get("/accounts", query={"email": email})
        return list(expect.field(expect.status(answer, 200), "items", type=list))

    async def page_login(self, browser: Browser, account: Account, **fields: str) -> Answer:
        page = f"{self.login_page}?{urlencode({'next': fields['next']})}" if "next" in fields else self.login_page
        filled = {"email": account.email, "password": account.password, **fields}
        return await browser.submit(page, "/login", filled)

    async def rename(self, browser: Browser, name: str) -> Answer:
        return await browser.submit(self.home, "/account", {"name": name})

    async def page_logout(self, browser: Browser) -> Answer:
        return await browser.submit(self.home, "/logout", {})

    def provider_login(self, next_page: str = "") -> str:
        return "/login/provider" + (f"?{urlencode({'next': next_page})}" if next_page else "")

    async def totp_secret(self, tokens: Tokens) -> str:
        answer = await self.bench.client(tokens.headers).post("/me/totp")
        return str(expect.field(expect.status(answer, 201), "secret", matches=r"^[A-Z2-7]{16,}=*$"))

    async def confirm_totp(self, tokens: Tokens, code: str) -> Answer:
        return await self.bench.client(tokens.headers).post("/me/totp/confirm", json={"code": code})

    def short_lived(self, what: str, seconds: int) -> dict[str, str]:
        return {VARIABLES[what]: str(seconds)}

    def private(self) -> list[Request]:
        session = self.bench.word("session-")
        return [
            Request("GET", "/me"),
            Request("PATCH", "/me", json={"name": "Mine"}),
            self.change_password("an old password", "a new password"),
            Request("GET", "/me/sessions"),
            Request("DELETE", f"/me/sessions/{session}"),
            Request("POST", "/me/totp"),
            Request("POST", "/me/totp/confirm", json={"code": "000000"}),
            self.log_out(),
            *self.admin_requests(self.bench.word("account-")),
        ]

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        token = person.credentials["Authorization"].removeprefix("Bearer ")
        return {
            "a refresh token": {"Authorization": f"Bearer {person.secret}"},
            "a token under another scheme": {"Authorization": f"Basic {token}"},
            "a scheme without a token": {"Authorization": "Bearer "},
            "a token without a scheme": {"Authorization": token},
            "a token in a cookie": {"Cookie": f"access_token={token}; token={token}; session={token}"},
            "no token at all": {"Authorization": "Bearer not.a.token"},
            "two dots": {"Authorization": "Bearer .."},
            "an injection": {"Authorization": "Bearer ' OR '1'='1"},
        }

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        return {
            "/healthz": ("GET",),
            "/.well-known/jwks.json": ("GET",),
            "/accounts": ("GET", "POST"),
            "/accounts/verify": ("POST",),
            "/tokens": ("POST", "DELETE"),
            "/tokens/refresh": ("POST",),
            "/password/forgot": ("POST",),
            "/password/reset": ("POST",),
            "/me": ("GET", "PATCH"),
            "/me/sessions": ("GET",),
        }
