"""How one becomes a user of an API: its security schemes, and the operations that sign up and log in."""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backroad.verifier.openapi.document import Document, Operation
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.schemas import Shape, answer_shape, shape

SIGNUP = re.compile(r"(?i)sign[-_ ]?up|regist(er|ration)|join\b|create[-_ ]?(user|account)")
MAKES_PEOPLE = re.compile(
    r"(?i)/(users?|people|persons?|profiles?|accounts?|members?|customers?|keys?|api[-_]keys?|tokens?|clients?)/?$"
)
LOGIN = re.compile(r"(?i)log[-_ ]?in|sign[-_ ]?in|/(sessions?|tokens?|auth|authenticate)/?$")
TOKENS = (
    "access_token", "accessToken", "token", "jwt", "auth_token", "authToken", "api_key", "apiKey", "apikey", "key",
    "bearer", "session", "secret",
)  # fmt: skip
FORM = "application/x-www-form-urlencoded"


class Scheme(msgspec.Struct, frozen=True):
    """How credentials are carried: `kind` bearer, basic, header or cookie; `name` of the header or cookie."""

    kind: str
    name: str = ""
    prefix: str = ""  # before the key, in a header

    def headers(self, secret: str) -> dict[str, str]:
        if self.kind == "bearer":
            return {"Authorization": f"Bearer {secret}"}
        if self.kind == "basic":
            return {"Authorization": f"Basic {secret}"}
        return {"Cookie": f"{self.name}={secret}"} if self.kind == "cookie" else {self.name: self.prefix + secret}


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """`kind`: open (nobody asks who you are), fixed (people of the hints), signup, unknown."""

    kind: str
    scheme: Scheme | None = None
    signup: Operation | None = None
    login: Operation | None = None
    token: str = ""  # field of the answer of `login`, else of `signup`
    reason: str = ""  # why it is unknown

    @property
    def many(self) -> bool:
        return self.kind == "signup"


def identify(document: Document, wanted: tuple[Operation, ...], hints: Hints) -> Identity:
    """For the operations that the checks work with."""
    scheme, reason = scheme_of(document, wanted)
    if hints.people:
        return Identity(kind="fixed", scheme=scheme)
    if all(one.open for one in wanted) and not hints.signup:
        return Identity(kind="fixed" if hints.headers else "open")
    signup, login = chosen(document, hints.signup), chosen(document, hints.login)
    login = login or password_flow(document, wanted)
    candidates = [one for one in document.operations if one.method == "POST" and one.open and one.bodies]
    login = login or next((one for one in candidates if looks_like_login(document, one)), None)
    signup = signup or best_signup(document, [one for one in candidates if one is not login], login)
    if signup is None and not hints.login:
        reason = reason or "no operation was found that makes somebody new"
    elif scheme is None:
        pass
    elif signup is not None:
        source = login if login is not None and not token_of(document, signup, hints) else signup
        token = token_of(document, source, hints)
        if token or scheme.kind in ("basic", "cookie"):
            kept = login if source is login else None
            return Identity(kind="signup", scheme=scheme, signup=signup, login=kept, token=token)
        reason = f"no field of the answer of {source.name} looks like a token"
    if hints.headers and reason:
        return Identity(kind="fixed", scheme=scheme)
    return Identity(kind="unknown", scheme=scheme, signup=signup, login=login, reason=reason or "no credentials")


def scheme_of(document: Document, wanted: tuple[Operation, ...]) -> tuple[Scheme | None, str]:
    """The first scheme that can be used, else why none can."""
    names = [name for one in wanted for name in one.schemes]
    reason = "no security scheme is named" if not names else ""
    for name in dict.fromkeys(names):
        data = document.schemes.get(name)
        if data is None:
            reason = f"the security scheme {name} is not described"
            continue
        kind, carried = data.get("type"), str(data.get("scheme") or "").lower()
        if kind == "http" and carried in ("bearer", "basic"):
            return Scheme(carried), ""
        if kind == "oauth2" and "password" in (data.get("flows") or {}):
            return Scheme("bearer"), ""
        if kind == "apiKey" and data.get("in") in ("header", "cookie") and data.get("name"):
            said = re.search(r"`(\w+) <", str(data.get("description") or ""))  # `Token <key>`
            prefix = f"{said[1]} " if said and data["in"] == "header" else ""
            return Scheme(str(data["in"]), str(data["name"]), prefix), ""
        reason = f"the security scheme {name} ({kind} {carried or data.get('in') or ''}".rstrip() + ") needs a browser"
    return None, reason


def chosen(document: Document, path: str) -> Operation | None:
    paths = {path, document.base_path + path} if path else set()
    return next((one for one in document.operations if one.method == "POST" and one.path in paths), None)


def password_flow(document: Document, wanted: tuple[Operation, ...]) -> Operation | None:
    """OAuth 2 with a password: its token URL is an operation of this API."""
    for name in dict.fromkeys(name for one in wanted for name in one.schemes):
        flow = (document.schemes.get(name, {}).get("flows") or {}).get("password") or {}
        path = urlsplit(str(flow.get("tokenUrl") or "")).path
        for candidate in {path, "/" + path, f"{document.base_path}/{path.lstrip('/')}"} if path else ():
            found = chosen(document, candidate)
            if found is not None:
                return found
    return None


def body_of(document: Document, operation: Operation) -> Shape:
    """What it takes, as JSON or as a form."""
    schema: Any = operation.json_body() or operation.bodies.get(FORM)
    return shape(document, schema or {})


def looks_like_login(document: Document, operation: Operation) -> bool:
    fields = {name.lower() for name in body_of(document, operation).fields}
    said = f"{operation.path} {operation.data.get('operationId') or ''}"
    return "password" in fields and bool(LOGIN.search(said)) and not SIGNUP.search(said)


def best_signup(document: Document, candidates: list[Operation], login: Operation | None) -> Operation | None:
    def points(one: Operation) -> int:
        said = f"{one.path} {one.data.get('operationId') or ''} {one.data.get('summary') or ''}"
        named = 3 * bool(SIGNUP.search(said)) + 2 * bool(MAKES_PEOPLE.search(one.path))
        password = any("password" in name.lower() for name in body_of(document, one).fields)
        return named + password + 2 * bool(token_of(document, one, Hints())) if named or password else 0

    good = [one for one in candidates if points(one) >= 2 and "{" not in one.path]
    return max(good, key=points, default=None)


def token_of(document: Document, operation: Operation, hints: Hints) -> str:
    """The field of its answer that holds a token; dots lead inwards."""
    if hints.token:
        return hints.token
    answer = answer_shape(document, operation.responses, operation.success())
    return token_in(answer.fields)


def token_in(fields: Mapping[str, Shape], depth: int = 0) -> str:
    for name in TOKENS:
        if name in fields and fields[name].kind in ("string", ""):
            return name
    for name, inner in fields.items():
        found = token_in(inner.fields, depth + 1) if inner.fields and depth < 2 else ""
        if found:
            return f"{name}.{found}"
    return ""
