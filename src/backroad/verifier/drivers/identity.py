"""What the shared checks on identity know of a backend: accounts, tokens, browsers, mailed links, codes, a provider."""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import msgspec

from backroad.verifier import expect
from backroad.verifier.answer import Answer
from backroad.verifier.client import Client
from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.drivers.browser import Browser
from backroad.verifier.exchange import Request
from backroad.verifier.standins.call import Call
from backroad.verifier.target import Target
from backroad.verifier.verdict import Failed, unclear
from backroad.verifier.wording import excerpt

STEP = 30  # seconds of one code
MAIL_SECONDS = 8.0


class Account(msgspec.Struct, frozen=True, kw_only=True):
    email: str
    password: str
    name: str


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    access: str
    refresh: str
    answer: Answer

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access}"}


class Accounts(LabDriver):
    """Hooks of the checks on identity. Requests that somebody sends as themselves come without credentials."""

    wrong_logins = 10  # that an account may have in `wrong_login_seconds`
    wrong_login_seconds = 60
    slug = "accounts"  # a word that a careless secret may be made of
    key_set = "/.well-known/jwks.json"
    home = "/account"  # the page of whoever is signed in
    login_page = "/login"  # its form is sent to the same path
    rename_action = "/account"  # where the form on `home` is sent to that changes the name
    callback = "/login/callback"  # where the provider sends browsers back to

    def sign_up(self, account: Account) -> Request:
        raise NotImplementedError

    def verify(self, token: str) -> Request:
        """With the token of the mail that a signup sends."""
        raise NotImplementedError

    def log_in(self, email: str, password: str, code: str = "") -> Request:
        """For a pair of tokens."""
        raise NotImplementedError

    def refresh(self, token: str) -> Request:
        raise NotImplementedError

    def log_out(self) -> Request:
        """Ends the session of the access token that it is sent with."""
        raise NotImplementedError

    def who(self) -> Request:
        """Answered 200 to whoever has an access token; shows `email` and `name`."""
        raise NotImplementedError

    def forgot(self, email: str) -> Request:
        raise NotImplementedError

    def reset(self, token: str, password: str) -> Request:
        raise NotImplementedError

    def change_password(self, old: str, new: str) -> Request:
        raise NotImplementedError

    async def admin(self) -> Person:
        raise NotImplementedError

    def admin_requests(self, other: str) -> list[Request]:
        """What only administrators may do; `other` is the id of an account that it may be done to."""
        raise NotImplementedError

    def promotions(self, own: str) -> list[Request]:
        """What would make an administrator of the account with this id."""
        raise NotImplementedError

    async def accounts_of(self, admin: Person, email: str) -> list[dict[str, Any]]:
        """The accounts with this address in any spelling, as administrators see them."""
        raise NotImplementedError

    async def page_login(self, browser: Browser, account: Account, **fields: str) -> Answer:
        """Fills in the form of the login page; `fields` replace or add some."""
        raise NotImplementedError

    async def rename(self, browser: Browser, name: str) -> Answer:
        """Changes the name of the account with the form on `home`."""
        raise NotImplementedError

    async def page_logout(self, browser: Browser) -> Answer:
        raise NotImplementedError

    def provider_login(self, next_page: str = "") -> str:
        """The path that sends a browser to the provider."""
        raise NotImplementedError

    async def totp_secret(self, tokens: Tokens) -> str:
        """Asks for a secret, which is not in force yet."""
        raise NotImplementedError

    async def confirm_totp(self, tokens: Tokens, code: str) -> Answer:
        raise NotImplementedError

    def short_lived(self, what: str, seconds: int) -> dict[str, str]:
        """The environment in which `access`, `reset`, `verify` or `login window` last so many seconds."""
        raise NotImplementedError

    def inquiries(self, email: str) -> Mapping[str, Request]:
        """What strangers may send with any address."""
        return {
            "a signup": self.sign_up(self.new(email=email)),
            "a login": self.log_in(email, "not the password"),
            "a forgotten password": self.forgot(email),
        }

    def new(self, **fields: str) -> Account:
        """Somebody who has not signed up yet."""
        word = self.bench.word("pat-")
        draft = Account(email=f"{word}@example.test", password=self.bench.word("a long password "), name=f"Pat {word}")
        return msgspec.structs.replace(draft, **fields)

    async def account(self, *, target: Target | None = None, **fields: str) -> Account:
        """Somebody new, whose address is verified."""
        account = self.new(**fields)
        client = self.bench.client(target=target)
        token = await self.mailed(account.email, self.sign_up(account), client)
        self.done(await client.send(self.verify(token)), "the address is verified")
        return account

    async def mailed(self, email: str, request: Request, client: Client | None = None) -> str:
        """Sends the request, waits for the mail that it causes, and returns the token in it."""
        mails = self.bench.standin("mail")
        before = len(mails.to(email))
        answer = self.done(await (client or self.bench.client()).send(request), "a mail is on its way")
        mail = await mails.wait_for(to=email, within=MAIL_SECONDS, count=before + 1)
        if mail is None:
            got = f"no mail within {MAIL_SECONDS:.0f} s"
            raise Failed(expected=f"a mail to {email}", got=got, exchanges=(answer.exchange,))
        found: list[str] = [token for link in mail.links for token in parse_qs(urlsplit(link).query).get("token", [])]
        if not found:
            got = f"a mail without one: {excerpt(mail.text)}"
            raise Failed(expected="a link with ?token=", got=got, exchanges=(answer.exchange,))
        return found[0]

    async def sign_in(
        self, account: Account, *, code: str = "", client: Client | None = None, target: Target | None = None
    ) -> Tokens:
        sender = client or self.bench.client(target=target)
        return self.tokens(await sender.send(self.log_in(account.email, account.password, code)))

    def tokens(self, answer: Answer) -> Tokens:
        self.done(answer, "a pair of tokens")
        access = expect.field(answer, "access_token", type=str)
        return Tokens(access=access, refresh=expect.field(answer, "refresh_token", type=str), answer=answer)

    async def person(self) -> Person:
        return self.person_of(await self.sign_in(await self.account()))

    def person_of(self, tokens: Tokens) -> Person:
        client = self.bench.client(tokens.headers)
        return Person(client=client, credentials=tokens.headers, secret=tokens.refresh)

    def browser(self) -> Browser:
        return Browser(self.bench.client())

    async def signed_in_browser(self, account: Account) -> Browser:
        browser = self.browser()
        answer = await self.page_login(browser, account)
        if answer.status not in (302, 303) or not await self.is_in(browser):
            got = f"{answer.status}, and {self.home} stays closed"
            raise Failed(expected=f"a login that opens {self.home}", got=got, exchanges=(answer.exchange,))
        return browser

    async def is_in(self, browser: Browser) -> bool:
        """Without keeping cookies, so that looking changes nothing."""
        return (await browser.client.get(self.home, headers=browser.headers)).status == 200

    async def works(self, tokens: Tokens) -> Answer:
        return await self.bench.client(tokens.headers).send(self.who())

    async def to_provider(self, browser: Browser, next_page: str = "") -> dict[str, str]:
        """Begins a sign-in; what the browser is to ask the provider."""
        answer = expect.status(await browser.get(self.provider_login(next_page)), (302, 303))
        browser.began = answer.exchange
        url = urlsplit(expect.header(answer, "Location"))
        asked = dict(parse_qsl(url.query))
        if f"{url.scheme}://{url.netloc}" != self.bench.standin("identity").url:
            raise Failed(expected="a Location at OIDC_ISSUER", got="another", exchanges=(answer.exchange,))
        return asked

    async def at_provider(self, asked: Mapping[str, str]) -> str:
        """The provider knows the person; the path, with its query, that it sends the browser back to."""
        call = Call("GET", "/authorize", dict(asked), {}, b"", time.perf_counter())
        reply = await self.bench.standin("identity").answer(call)
        location = dict(reply.headers).get("Location", "")
        if not location:
            raise Failed(expected="a request that the provider takes", got=excerpt(reply.body.decode()))
        back = urlsplit(location)
        return f"{back.path}?{back.query}"

    async def provider_sign_in(self, browser: Browser) -> Answer:
        """All of it, up to the answer of the callback."""
        return await self.come_back(browser, await self.at_provider(await self.to_provider(browser)))

    @staticmethod
    async def come_back(browser: Browser, path: str) -> Answer:
        """The way back from the provider; told as the sign-in that it belongs to, since its code works only once."""
        answer = await browser.get(path)
        return msgspec.structs.replace(answer, exchange=browser.began or answer.exchange)

    @staticmethod
    def done(answer: Answer, expected: str) -> Answer:
        if not 200 <= answer.status < 300:
            raise Failed(expected=expected, got=f"{answer.status} {excerpt(answer.text)}", exchanges=(answer.exchange,))
        return answer

    @staticmethod
    def step() -> int:
        return int(time.time()) // STEP

    def code(self, secret: str, step: int) -> str:
        """RFC 6238 with its defaults: six digits, SHA-1."""
        try:
            key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
        except ValueError:
            unclear(f"the secret of the codes is not Base32: {excerpt(secret)}")
        digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
        start = digest[-1] & 15
        return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"
