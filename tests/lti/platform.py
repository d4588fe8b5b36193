"""A learning platform: the other side of LTI 1.3, written from the specifications, on a real socket.

It shows who its users are, gives tokens to tools that prove themselves, and takes grades and choices of content. It is
as strict as a platform may be. `tamper` lets a test send what no honest platform would.
"""

import html
import json
import re
import secrets
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from joserfc import jws
from joserfc.jwk import RSAKey

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DEEP = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
LEARNER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"
TEACHER = "http://purl.imsglobal.org/vocab/lis/v2/membership#Instructor"
CLIENT = "tool-7"
DEPLOYMENT = "1"
Tamper = Callable[[dict[str, Any], dict[str, Any]], str | None]
"""Changes (header, claims) in place; a text that it returns is sent instead of the token."""


class Platform:
    def __init__(self, tool: str, now: datetime) -> None:
        self.tool = tool
        self.now = now
        self.key = RSAKey.generate_key(2048)
        self.kid = "platform-1"
        self.users = {"u-ada": ("Ada Lovelace", [LEARNER]), "u-tom": ("Tom Teacher", [TEACHER])}
        self.custom: dict[str, str] = {}
        self.graded = True
        self.message = "LtiResourceLinkRequest"
        self.tamper: Tamper | None = None
        self.broken = 0
        """So many of the next scores are answered 500."""
        self.scores: dict[str, list[dict[str, Any]]] = {}
        self.chosen: list[dict[str, Any]] = []
        self.faults: list[str] = []
        self.seen_jti: set[str] = set()
        self.tokens: set[str] = set()
        self.key_fetches = 0
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                platform._answer(self, b"")

            def do_POST(self) -> None:
                platform._answer(self, self.rfile.read(int(self.headers.get("content-length", 0))))

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://localhost:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    @property
    def line(self) -> str:
        return f"{self.url}/lines/3/lineitem?type_id=2"

    def login_form(self, user: str, **changes: str) -> dict[str, str]:
        """What its page sends to the tool's initiate login URL."""
        form = {
            "iss": self.url,
            "client_id": CLIENT,
            "login_hint": user,
            "target_link_uri": f"{self.tool}/lti/launch",
            "lti_message_hint": "course-5",
            "lti_deployment_id": DEPLOYMENT,
        }
        return {name: value for name, value in {**form, **changes}.items() if value}

    def _answer(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        parts = urlsplit(handler.path)
        try:
            status, kind, text = self._handle(handler, parts.path, parse_qs(parts.query), body)
        except AssertionError as fault:
            self.faults.append(f"{handler.command} {handler.path}: {fault}")
            status, kind, text = 400, "application/json", json.dumps({"error": "invalid_request", "why": str(fault)})
        raw = text.encode()
        handler.send_response(status)
        handler.send_header("content-type", kind)
        handler.send_header("content-length", str(len(raw)))
        handler.end_headers()
        handler.wfile.write(raw)

    def _handle(
        self, handler: BaseHTTPRequestHandler, path: str, query: dict[str, list[str]], body: bytes
    ) -> tuple[int, str, str]:
        if path == "/jwks":
            self.key_fetches += 1
            public = {**self.key.as_dict(private=False), "kid": self.kid, "alg": "RS256", "use": "sig"}
            return 200, "application/json", json.dumps({"keys": [public]})
        if path == "/auth":
            return 200, "text/html", self._authenticated({name: values[0] for name, values in query.items()})
        if path == "/token":
            return self._token({name: values[0] for name, values in parse_qs(body.decode()).items()})
        if path == "/lines/3/lineitem/scores":
            assert query == {"type_id": ["2"]}, "the query of the line item was lost"
            return self._score(handler, json.loads(body))
        if path == "/return":
            form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            self.chosen.append(self._of_tool(form["JWT"]))
            return 200, "text/html", "added"
        return 404, "text/plain", "nothing here"

    # OpenID Connect: 1EdTech Security Framework 1.0, section 5.1

    def _authenticated(self, asked: dict[str, str]) -> str:
        expected = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none",
                    "client_id": CLIENT, "redirect_uri": f"{self.tool}/lti/launch",
                    "lti_message_hint": "course-5"}  # fmt: skip
        assert {name: asked.get(name) for name in expected} == expected, asked
        assert asked["login_hint"] in self.users
        assert len(asked["state"]) >= 20
        assert len(asked["nonce"]) >= 20
        token = self.id_token(asked["login_hint"], asked["nonce"])
        fields = {"id_token": token, "state": asked["state"]}
        inputs = "".join(f'<input name="{name}" value="{html.escape(value)}">' for name, value in fields.items())
        return f'<form method="post" action="{asked["redirect_uri"]}">{inputs}</form>'

    def id_token(self, user: str, nonce: str) -> str:
        name, roles = self.users[user]
        moment = int(self.now.timestamp())
        header: dict[str, Any] = {"alg": "RS256", "typ": "JWT", "kid": self.kid}
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": user,
            "nonce": nonce,
            "iat": moment,
            "exp": moment + 300,
            "name": name,
            "email": "alice@example.org",
            f"{CLAIM}message_type": self.message,
            f"{CLAIM}version": "1.3.0",
            f"{CLAIM}deployment_id": DEPLOYMENT,
            f"{CLAIM}target_link_uri": f"{self.tool}/lti/launch",
            f"{CLAIM}roles": roles,
            f"{CLAIM}custom": self.custom,
        }
        if self.message == "LtiResourceLinkRequest":
            claims[f"{CLAIM}resource_link"] = {"id": "link-9", "title": "Week 3"}
            if self.graded:
                claims[AGS] = {"scope": [SCORE], "lineitem": self.line, "lineitems": f"{self.url}/lines"}
        else:
            claims[f"{DEEP}deep_linking_settings"] = {
                "deep_link_return_url": f"{self.url}/return",
                "accept_types": ["ltiResourceLink", "link"],
                "accept_presentation_document_targets": ["window"],
                "accept_lineitem": True,
                "data": "csrf-of-the-platform",
            }
        instead = self.tamper(header, claims) if self.tamper else None
        return instead or jws.serialize_compact(header, json.dumps(claims), self.key)

    # Services: section 4.1 there, and Assignment and Grade Services 2.0

    def _of_tool(self, token: str) -> dict[str, Any]:
        """Claims that the tool signed with a key that it publishes."""
        header = jws.extract_compact(token.encode()).headers()
        published = httpx2.get(f"{self.tool}/.well-known/jwks.json").json()["keys"]
        keys = [key for key in published if key["kid"] == header["kid"]]
        assert len(keys) == 1, "the tool does not publish this key"
        assert header["alg"] == "RS256"
        checked = jws.deserialize_compact(token, RSAKey.import_key(keys[0]), algorithms=["RS256"])
        claims: dict[str, Any] = json.loads(checked.payload)
        assert claims["iss"] == CLIENT
        assert self.now.timestamp() - 60 < claims["iat"] <= self.now.timestamp() + 60
        assert self.now.timestamp() < claims["exp"] <= self.now.timestamp() + 3600
        return claims

    def _token(self, form: dict[str, str]) -> tuple[int, str, str]:
        assert form["grant_type"] == "client_credentials"
        assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        assert form["scope"] == SCORE
        claims = self._of_tool(form["client_assertion"])
        assert claims["sub"] == CLIENT
        assert claims["aud"] == f"{self.url}/token"
        assert claims["jti"] not in self.seen_jti, "an assertion was used twice"
        self.seen_jti.add(claims["jti"])
        token = secrets.token_urlsafe(20)
        self.tokens.add(token)
        said = {"access_token": token, "token_type": "Bearer", "expires_in": 3600, "scope": SCORE}
        return 200, "application/json", json.dumps(said)

    def _score(self, handler: BaseHTTPRequestHandler, body: dict[str, Any]) -> tuple[int, str, str]:
        kind, _, token = handler.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or token not in self.tokens:
            return 401, "application/json", "{}"
        if self.broken:
            self.broken -= 1
            return 500, "text/plain", "down"
        assert handler.headers["content-type"] == "application/vnd.ims.lis.v1.score+json"
        assert body.keys() == {"userId", "scoreGiven", "scoreMaximum", "activityProgress", "gradingProgress",
                               "timestamp", "comment"}  # fmt: skip
        assert body["userId"] in self.users
        assert 0 <= body["scoreGiven"] <= body["scoreMaximum"]
        assert body["scoreMaximum"] > 0
        assert body["activityProgress"] in ("Initialized", "Started", "InProgress", "Submitted", "Completed")
        assert body["gradingProgress"] == "FullyGraded"
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:\d\d)", body["timestamp"])
        self.scores.setdefault(body["userId"], []).append(body)
        return 200, "application/json", "{}"
