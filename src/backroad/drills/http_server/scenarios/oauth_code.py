"""An authorization server with PKCE, and the API that takes its tokens."""

import base64
import hashlib
from collections.abc import Sequence
from typing import ClassVar
from urllib.parse import urlencode

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

CLIENT = "shop"
CALLBACK = "https://shop.example/callback"


class OauthCode(Scenario):
    """Lenient as servers that were not brought up to date: it takes `plain`, no `state`, and tokens in addresses."""

    name: ClassVar[str] = "oauth-code"
    goals: ClassVar[dict[str, str]] = {
        "state": "The authorization request carries a `state` of at least 16 characters.",
        "challenge": "It carries a code challenge by the method `S256`.",
        "orders": "The code is exchanged for a token, and `/orders` is read with it: `200`.",
        "header": "The token travels in the header `Authorization` only.",
    }

    def begin(self) -> None:
        self.codes: dict[str, dict[str, str]] = {}
        self.tokens: set[str] = set()

    def resources(self) -> Resources:
        return {
            "/authorize": {"GET": self.authorize},
            "/token": {"POST": self.token},
            "/orders": {"GET": self.orders},
        }

    def authorize(self, request: Request) -> Reply:
        asked = request.query
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") != CALLBACK:
            return problem(400, "The client is not known, or its redirect_uri is not the one that it registered.")
        if asked.get("response_type") != "code":
            return problem(400, "The response_type is not code.")
        code = self.drawn(f"code {len(self.codes)}", 20)
        self.codes[code] = asked
        answer = {"code": code, **({"state": asked["state"]} if "state" in asked else {})}
        return Reply(302, (("Location", f"{CALLBACK}?{urlencode(answer)}"), ("Cache-Control", "no-store")))

    def token(self, request: Request) -> Reply:
        if request.media_type != "application/x-www-form-urlencoded":
            return as_json(400, {"error": "invalid_request", "error_description": "Send a form."})
        sent = request.form
        if sent.get("grant_type") != "authorization_code":
            return as_json(400, {"error": "unsupported_grant_type"})
        asked = self.codes.pop(sent.get("code", ""), None)  # a code holds once
        same = asked and sent.get("client_id") == CLIENT and sent.get("redirect_uri") == asked.get("redirect_uri")
        if not asked or not same or not _proves(sent.get("code_verifier", ""), asked):
            return as_json(400, {"error": "invalid_grant"})
        token = self.drawn(f"token {len(self.tokens)}", 24)
        self.tokens.add(token)
        return as_json(200, {"access_token": token, "token_type": "Bearer", "expires_in": 300})

    def orders(self, request: Request) -> Reply:
        if (request.bearer or request.query.get("access_token")) not in self.tokens:
            return problem(401, "Who are you?", WWW_Authenticate='Bearer error="invalid_token"')
        return as_json(200, [{"id": 7, "total": "19.90"}])

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        asked = [one.request.query for one in to(seen, "GET", "/authorize", 302)]
        if not asked:
            return dict.fromkeys(cls.goals, "No authorization request was accepted.")
        if not all(len(one.get("state", "")) >= 16 for one in asked):
            missed["state"] = "It carried no `state`, or a short one: the callback cannot be tied to this browser."
        if not all(one.get("code_challenge_method") == "S256" for one in asked):
            missed["challenge"] = "The challenge is the verifier itself, for all to see, or there is none."
        elif not all(len(one.get("code_challenge", "")) == 43 for one in asked):
            missed["challenge"] = "The SHA-256 of a verifier has 43 characters in base64url without `=`."
        if not to(seen, "GET", "/orders", 200):
            issued = to(seen, "POST", "/token", 200)
            why = "The token was not used." if issued else "The code was not exchanged for a token."
            missed["orders"] = f"`/orders` was not read. {why}"
        if any("access_token" in one.request.query for one in seen):
            missed["header"] = "A token in an address stands in logs, histories and the `Referer` header."
        return missed


def _proves(verifier: str, asked: dict[str, str]) -> bool:
    challenge = asked.get("code_challenge", "")
    if not challenge:
        return not verifier
    if not 43 <= len(verifier) <= 128:
        return False
    if asked.get("code_challenge_method", "plain") == "plain":
        return verifier == challenge
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode() == challenge
