"""The JSON interface, for whoever holds an access token."""

import sqlite3
from typing import Any

import accounts
import rules
import sessions
import totp
from accounts import Account, NoAccount, Spent
from asgi import Answer, Handler, Problem, Request, Routes
from desk import CHALLENGE, Desk, show_time
from outbox import Postman
from passwords import hash_password, verify_password
from sessions import Caller

MOST = 100
SENT = {"status": "If this address may have a mail from us, it is on its way."}


class Api:
    def __init__(self, desk: Desk, postman: Postman) -> None:
        self.desk = desk
        self.settings = desk.settings
        self.database = desk.database
        self.postman = postman

    def routes(self) -> Routes:
        routes: Routes = [
            ("/healthz", {"GET": self.health}),
            ("/.well-known/jwks.json", {"GET": self.public_keys}),
            ("/accounts", {"GET": self.list_accounts, "POST": self.sign_up}),
            ("/accounts/verify", {"POST": self.verify}),
            ("/accounts/{account}", {"GET": self.show_account, "PATCH": self.change_account}),
            ("/tokens", {"POST": self.issue_tokens, "DELETE": self.log_out}),
            ("/tokens/refresh", {"POST": self.refresh_tokens}),
            ("/password/forgot", {"POST": self.forgot_password}),
            ("/password/reset", {"POST": self.reset_password}),
            ("/me", {"GET": self.show_me, "PATCH": self.change_me}),
            ("/me/password", {"POST": self.change_password}),
            ("/me/sessions", {"GET": self.list_sessions}),
            ("/me/sessions/{session}", {"DELETE": self.end_session}),
            ("/me/totp", {"POST": self.prepare_totp}),
            ("/me/totp/confirm", {"POST": self.confirm_totp}),
        ]
        return [(path, {method: translated(handler) for method, handler in row.items()}) for path, row in routes]

    async def health(self, request: Request) -> Answer:
        return Answer(200, {"status": "ok"})

    async def public_keys(self, request: Request) -> Answer:
        return Answer(200, self.desk.tokens.public_keys())

    async def sign_up(self, request: Request) -> Answer:
        new = rules.all_of(await request.json(), email=rules.email, password=rules.password, name=rules.name)
        password_hash = await hash_password(new["password"])  # for a known address too: it takes the same time
        until = self.desk.in_seconds(self.settings.verify_seconds)
        await self.database.run(
            accounts.sign_up, new["email"], new["name"], password_hash, until, self.settings.base_url
        )
        self.postman.ring()
        return Answer(202, SENT)

    async def verify(self, request: Request) -> Answer:
        given = rules.all_of(await request.json(), token=rules.text)
        await self.database.run(accounts.verify, given["token"])
        return Answer(204)

    async def issue_tokens(self, request: Request) -> Answer:
        judges = {"email": rules.text, "password": rules.text, "code": rules.text}
        given = rules.judge(await request.json(), judges, required=["email", "password"])
        account = await self.desk.admit(given["email"], given["password"], given.get("code"))
        session, refresh_token = await self.desk.start(account, "token")
        return self._pair(account.id, session, refresh_token)

    async def refresh_tokens(self, request: Request) -> Answer:
        given = rules.all_of(await request.json(), refresh_token=rules.text)
        refreshed = await self.database.run(sessions.refresh, given["refresh_token"])
        if refreshed is None:
            raise Problem(401, "This refresh token is not good, or not any more.", CHALLENGE)
        caller, refresh_token = refreshed
        return self._pair(caller.account.id, caller.session, refresh_token)

    def _pair(self, account: str, session: str, refresh_token: str) -> Answer:
        body = {
            "access_token": self.desk.tokens.issue(account, session),
            "token_type": "Bearer",
            "expires_in": self.desk.tokens.lifetime,
            "refresh_token": refresh_token,
        }
        return Answer(200, body)

    async def log_out(self, request: Request) -> Answer:
        caller = await self.caller(request)
        await self.database.run(sessions.end, caller.session)
        return Answer(204)

    async def forgot_password(self, request: Request) -> Answer:
        given = rules.all_of(await request.json(), email=rules.email)
        until = self.desk.in_seconds(self.settings.reset_seconds)
        await self.database.run(accounts.forgot_password, given["email"], until, self.settings.base_url)
        self.postman.ring()
        return Answer(202, SENT)

    async def reset_password(self, request: Request) -> Answer:
        given = rules.all_of(await request.json(), token=rules.text, password=rules.password)
        password_hash = await hash_password(given["password"])
        await self.database.run(accounts.reset_password, given["token"], password_hash)
        return Answer(204)

    async def show_me(self, request: Request) -> Answer:
        return Answer(200, show(await self.caller(request)))

    async def change_me(self, request: Request) -> Answer:
        caller = await self.caller(request)
        changes = rules.judge(await request.json(), {"name": rules.name})
        account = await self.database.run(accounts.change, caller.account.id, changes)
        return Answer(200, show(account))

    async def change_password(self, request: Request) -> Answer:
        caller = await self.caller(request)
        given = rules.all_of(await request.json(), current_password=rules.text, password=rules.password)
        if wait := self.desk.brake.take(caller.account.id):
            raise Problem(429, "Too many tries for this account.", {"Retry-After": str(wait)})
        if not await verify_password(caller.account.password_hash, given["current_password"]):
            raise rules.Invalid({"current_password": "is wrong"})
        self.desk.brake.forgive(caller.account.id)
        password_hash = await hash_password(given["password"])

        def change(db: sqlite3.Connection) -> None:
            accounts.change(db, caller.account.id, {"password_hash": password_hash})
            sessions.end_all(db, caller.account.id, but=caller.session)

        await self.database.run(change)
        return Answer(204)

    async def list_sessions(self, request: Request) -> Answer:
        caller = await self.caller(request)
        found = await self.database.run(sessions.of_account, caller.account.id)
        items = [
            {
                "id": one.id,
                "kind": one.kind,
                "created_at": show_time(one.created_at),
                "current": one.id == caller.session,
            }
            for one in found
        ]
        return Answer(200, {"items": items})

    async def end_session(self, request: Request, session: str) -> Answer:
        caller = await self.caller(request)
        if not await self.database.run(sessions.end_own, caller.account.id, session):
            raise Problem(404, "You have no such session.")
        return Answer(204)

    async def prepare_totp(self, request: Request) -> Answer:
        account = (await self.caller(request)).account
        if account.totp_on:
            raise Problem(409, "Codes are wanted already.")
        secret = totp.new_secret()
        await self.database.run(accounts.change, account.id, {"totp_secret": secret})
        return Answer(201, {"secret": secret, "uri": totp.uri(secret, account.email)})

    async def confirm_totp(self, request: Request) -> Answer:
        account = (await self.caller(request)).account
        given = rules.all_of(await request.json(), code=rules.text)
        if account.totp_on or account.totp_secret is None:
            raise Problem(409, "There is nothing to confirm.")
        if not await self.desk.accepts_code(account, given["code"]):
            raise rules.Invalid({"code": "is wrong"})
        await self.database.run(accounts.change, account.id, {"totp_on": 1})
        return Answer(204)

    async def list_accounts(self, request: Request) -> Answer:
        await self.admin(request)
        found = await self.database.run(accounts.newest, request.query.get("email", ""), MOST)
        return Answer(200, {"items": [show(account) for account in found]})

    async def show_account(self, request: Request, account: str) -> Answer:
        await self.admin(request)
        return Answer(200, show(await self.database.run(accounts.find, account)))

    async def change_account(self, request: Request, account: str) -> Answer:
        await self.admin(request)
        changes = rules.judge(await request.json(), {"role": rules.role, "disabled": rules.boolean})

        def change(db: sqlite3.Connection) -> Account:
            accounts.find(db, account)
            if changes.get("disabled"):
                sessions.end_all(db, account)
            return accounts.change(db, account, changes)

        return Answer(200, show(await self.database.run(change)))

    async def caller(self, request: Request) -> Caller:
        """Who asks, by the token alone. What the account may do is read from the account, at each request."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        session = self.desk.tokens.session_of(token) if scheme.lower() == "bearer" else None
        caller = await self.database.run(sessions.by_id, session) if session else None
        if caller is None:
            raise Problem(401, "Send an access token that is still good.", CHALLENGE)
        return caller

    async def admin(self, request: Request) -> Caller:
        caller = await self.caller(request)
        if not caller.account.is_admin:
            raise Problem(403, "This is for administrators.")
        return caller


def show(who: Account | Caller) -> dict[str, Any]:
    """What may be seen of an account."""
    account = who.account if isinstance(who, Caller) else who
    return {
        "id": account.id,
        "email": account.email,
        "name": account.name,
        "role": account.role,
        "disabled": bool(account.disabled),
        "totp": bool(account.totp_on),
        "created_at": show_time(account.created_at),
    }


def translated(handler: Handler) -> Handler:
    """The handler, with what the rules and the store refuse turned into problem documents."""

    async def answer(request: Request, **arguments: str) -> Answer:
        try:
            return await handler(request, **arguments)
        except rules.Invalid as invalid:
            errors = [{"field": field, "message": message} for field, message in invalid.errors.items()]
            raise Problem(422, "Some of it breaks a rule.", errors=errors) from None
        except Spent:
            errors = [{"field": "token", "message": "is unknown, was used, or is too old"}]
            raise Problem(422, "This link does not work any more.", errors=errors) from None
        except NoAccount:
            raise Problem(404, "There is no such account.") from None

    return answer
