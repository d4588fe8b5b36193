"""How the driver of an API makes somebody new: as its document, or the hints, say."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from backroad.verifier import expect
from backroad.verifier.answer import Answer
from backroad.verifier.bench import Bench
from backroad.verifier.client import Client
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.openapi.accent import Accent
from backroad.verifier.openapi.document import Operation
from backroad.verifier.openapi.facts import Subject
from backroad.verifier.openapi.identities import FORM, Scheme, body_of
from backroad.verifier.openapi.values import Maker
from backroad.verifier.wording import excerpt

SECOND_PERSON = "needs a second person; [openapi] signup says who makes one, or [[openapi.people]] who is there"


class PeopleDriver(LabDriver):
    def __init__(self, bench: Bench, subject: Subject) -> None:
        super().__init__(bench)
        self.document, self.resource, self.identity, self.hints = subject
        self.maker = Maker(bench.random, bench.word)
        self._people = 0

    async def person(self) -> Person:
        self._people += 1
        identity = self.identity
        if identity.kind == "signup":
            return await self.signed_up()
        if identity.kind == "unknown":
            raise Unavailable(f"nobody can be signed up: {identity.reason}; [openapi] signup, login and token help")
        if identity.kind == "open":  # whoever they are, they are nobody
            return self.known_as(dict(self.hints.headers))
        if not self.hints.people:
            if self._people > 1:
                raise Unavailable(SECOND_PERSON)
            return self.known_as(dict(self.hints.headers))
        if self._people > len(self.hints.people):
            raise Unavailable(SECOND_PERSON)
        return self.known_as({**self.hints.headers, **self.hints.people[self._people - 1]})

    def known_as(self, headers: Mapping[str, str], secret: str = "") -> Person:
        secret = secret or next((value.rpartition(" ")[2] for value in headers.values()), "")
        client = Accent(self.bench.client(headers), self.resource)
        return Person(client=client, credentials=headers, secret=secret)

    async def signed_up(self) -> Person:
        identity = self.identity
        assert identity.signup is not None
        assert identity.scheme is not None
        client = self.bench.client(self.hints.headers)
        body = self.account()
        answer = await client.post(identity.signup.path, json=body)
        self.accepted(answer, identity.signup)
        if identity.login is not None:
            answer = await self.log_in(client, identity.login, body)
        secret = self.secret_of(answer, identity.scheme, body)
        return self.known_as({**self.hints.headers, **identity.scheme.headers(secret)}, secret)

    def account(self) -> dict[str, Any]:
        """What signs somebody new up: the required fields, and names and passwords that logging in asks for."""
        assert self.identity.signup is not None
        wanted = body_of(self.document, self.identity.signup)
        keys = ("email", "username", "password", "name", "login")
        body = {
            name: self.maker.value(field, name)
            for name, field in wanted.fields.items()
            if name in wanted.required or (name in keys and not field.read_only)
        }
        return {**body, **self.hints.signup_body}

    async def log_in(self, client: Client, login: Operation, account: Mapping[str, Any]) -> Answer:
        wanted = body_of(self.document, login)
        named = account.get("username") or account.get("email") or account.get("login") or ""
        same = {"username": named, "email": account.get("email"), "login": named, "grant_type": "password"}
        body = {
            name: account.get(name, same.get(name))
            for name in (*wanted.fields,) or ("username", "password")
            if name in wanted.required or name in account
        }
        if login.json_body() is None and FORM in login.bodies:
            answer = await client.post(login.path, headers={"Content-Type": FORM}, body=urlencode(body))
        else:
            answer = await client.post(login.path, json=body)
        self.accepted(answer, login)
        return answer

    def secret_of(self, answer: Answer, scheme: Scheme, account: Mapping[str, Any]) -> str:
        if scheme.kind == "basic":
            name = account.get("username") or account.get("email") or account.get("login") or account.get("name")
            return base64.b64encode(f"{name}:{account.get('password')}".encode()).decode()
        if scheme.kind == "cookie":
            cookies = [line.split(";")[0].partition("=") for line in answer.headers.get_all("set-cookie")]
            found = next((value for name, _, value in cookies if name.strip() == scheme.name), "")
            if found:
                return found
            raise Unavailable(f"{answer.exchange.path} sets no cookie {scheme.name}")
        return str(expect.field(answer, self.identity.token, type=str))

    def accepted(self, answer: Answer, operation: Operation) -> None:
        if 400 <= answer.status < 500:
            raise Unavailable(
                f"{operation.name} refused what was made from its schema: {answer.status} {excerpt(answer.text)}; "
                "[openapi.signup_body] can say more"
            )
        expect.status(answer, operation.success() or (200, 201))
