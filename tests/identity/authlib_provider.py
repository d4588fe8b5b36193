"""An OpenID provider built of Authlib's server side, on the standard library's HTTP server: written by others than the
client under test, and stricter than ours in places (codes, PKCE, client authentication, replayed nonces)."""

import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc9207 import IssuerParameter
from authlib.oidc.core import UserInfo
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

CLIENT_ID = "client with spaces:é"
CLIENT_SECRET = "secret/with+signs:%&é"
"""What must be encoded before it goes into a Basic header (RFC 6749, 2.3.1)."""


class Client(ClientMixin):  # type: ignore[misc]
    def __init__(self, redirect_uris: list[str]) -> None:
        self.redirect_uris = redirect_uris
        self.methods = ("client_secret_basic",)

    def get_client_id(self) -> str:
        return CLIENT_ID

    def get_default_redirect_uri(self) -> None:
        return None

    def get_allowed_scope(self, scope: str) -> str:
        return scope

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return secrets.compare_digest(client_secret.encode(), CLIENT_SECRET.encode())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method in self.methods

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == "authorization_code"


class Code:
    def __init__(self, code: str, request: Any) -> None:
        asked = request.payload
        self.code, self.redirect_uri, self.scope = code, asked.redirect_uri, asked.scope
        self.nonce, self.user = asked.data.get("nonce"), request.user
        self.code_challenge = asked.data.get("code_challenge")
        self.code_challenge_method = asked.data.get("code_challenge_method")
        self.at = int(time.time())

    def get_redirect_uri(self) -> str:
        return str(self.redirect_uri)

    def get_scope(self) -> str:
        return str(self.scope)

    def get_nonce(self) -> str | None:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.at

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


class Request(OAuth2Request):  # type: ignore[misc]
    def __init__(self, method: str, uri: str, headers: dict[str, str], fields: dict[str, str]) -> None:
        super().__init__(method, uri, headers=headers)
        self.payload = BasicOAuth2Payload(fields)
        self.fields = fields

    @property
    def form(self) -> dict[str, str]:
        return self.fields

    @property
    def args(self) -> dict[str, str]:
        return self.fields


class Answer:
    """What Authlib makes; its extensions read and change `location`."""

    def __init__(self, status: int, body: Any, headers: Any = ()) -> None:
        self.status, self.body, self.headers = status, body, dict(headers)

    @property
    def location(self) -> str:
        return str(self.headers.get("Location", ""))

    @location.setter
    def location(self, url: str) -> None:
        self.headers["Location"] = url


class Authlib(AuthorizationServer):  # type: ignore[misc]
    """`issuer` is where it listens. `who` are the claims of who is signed in there."""

    def __init__(self, issuer: str) -> None:
        super().__init__()
        self.issuer = issuer
        self.client = Client([])
        self.key = RSAKey.generate_key(2048, auto_kid=True)
        self.codes: dict[str, Code] = {}
        self.nonces: set[str] = set()
        self.access: dict[str, dict[str, Any]] = {}
        self.who: dict[str, Any] = {"sub": "1", "name": "Ada", "email": "ada@example.test", "email_verified": True}
        self.in_userinfo_alone = False
        self.register_token_generator(
            "default", BearerTokenGenerator(access_token_generator=lambda *_, **__: secrets.token_urlsafe(24))
        )
        self.register_grant(_grant(self), [_open_id(self)(require_nonce=True), CodeChallenge(required=True)])
        self.register_extension(_issuer(self)())

    def query_client(self, client_id: str) -> Client | None:
        return self.client if client_id == CLIENT_ID else None

    def save_token(self, token: dict[str, Any], request: Any) -> None:
        self.access[token["access_token"]] = request.user

    def create_oauth2_request(self, request: Any) -> Any:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Answer:
        return Answer(status, body, headers)

    def send_signal(self, name: str, *_: Any, **__: Any) -> None:
        """Nobody listens."""

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize?tenant=a",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": list(self.client.methods),
            "authorization_response_iss_parameter_supported": True,
        }

    def answer(self, method: str, path: str, request: Request) -> Answer:
        match method, path:
            case "GET", "/.well-known/openid-configuration":
                return Answer(200, self.about())
            case "GET", "/jwks":
                unknown = {"kty": "PQC", "kid": "future", "x": "y"}
                return Answer(200, {"keys": [unknown, self.key.as_dict(private=False)]})
            case "GET", "/authorize":
                grant = self.get_consent_grant(request, end_user=self.who)
                return self.create_authorization_response(request, grant_user=self.who, grant=grant)  # type: ignore[no-any-return]
            case "POST", "/token":
                return self.create_token_response(request)  # type: ignore[no-any-return]
            case "GET", "/userinfo":
                token = request.headers.get("Authorization", "").removeprefix("Bearer ")
                known = token in self.access
                return Answer(200, self.access[token]) if known else Answer(401, {"error": "invalid_token"})
        return Answer(404, {"error": "not_found"})


def _grant(server: Authlib) -> type[AuthorizationCodeGrant]:
    class Grant(AuthorizationCodeGrant):  # type: ignore[misc]
        TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_basic", "client_secret_post")

        def save_authorization_code(self, code: str, request: Any) -> None:
            server.codes[code] = Code(code, request)
            server.nonces.add(request.payload.data.get("nonce"))

        def query_authorization_code(self, code: str, client: Client) -> Code | None:
            return server.codes.get(code)

        def delete_authorization_code(self, authorization_code: Code) -> None:
            server.codes.pop(authorization_code.code, None)

        def authenticate_user(self, authorization_code: Code) -> Any:
            return authorization_code.user

    return Grant


def _open_id(server: Authlib) -> type[OpenIDCode]:
    class OpenId(OpenIDCode):  # type: ignore[misc]
        def exists_nonce(self, nonce: str, request: Any) -> bool:
            return nonce in server.nonces

        def get_client_algorithm(self, client: Client) -> str:
            return "RS256"

        def resolve_client_private_key(self, client: Client) -> RSAKey:
            return server.key

        def get_encode_header(self, client: Client) -> dict[str, str]:
            return {"alg": "RS256", "kid": str(server.key.kid)}

        def get_compatible_claims(self, request: Any) -> dict[str, Any]:
            now = int(time.time())
            return {"iss": server.issuer, "aud": [CLIENT_ID], "iat": now, "exp": now + 300}

        def generate_user_info(self, user: dict[str, Any], scope: str) -> Any:
            return UserInfo(sub=user["sub"]) if server.in_userinfo_alone else UserInfo(**user)

    return OpenId


def _issuer(server: Authlib) -> type[IssuerParameter]:
    class Issuer(IssuerParameter):  # type: ignore[misc]
        def get_issuer(self) -> str:
            return server.issuer

    return Issuer


class _Handler(BaseHTTPRequestHandler):
    provider: Authlib

    def do_GET(self) -> None:
        self._answer(dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0"))).decode()
        self._answer(dict(parse_qsl(body, keep_blank_values=True)))

    def _answer(self, fields: dict[str, str]) -> None:
        request = Request(self.command, f"{self.provider.issuer}{self.path}", dict(self.headers), fields)
        request.headers = {name.title(): value for name, value in self.headers.items()}
        answer = self.provider.answer(self.command, urlsplit(self.path).path, request)
        body = answer.body
        data = json.dumps(body).encode() if isinstance(body, dict) else str(body or "").encode()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name.lower() != "content-type":
                self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def authlib_provider() -> Iterator[Authlib]:
    http = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    provider = Authlib(f"http://127.0.0.1:{http.server_port}")
    http.RequestHandlerClass.provider = provider  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    try:
        yield provider
    finally:
        http.shutdown()
        thread.join(10)
        http.server_close()
