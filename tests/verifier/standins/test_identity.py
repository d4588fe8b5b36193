import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from backroad.verifier.answer import Answer
from backroad.verifier.standins.identity import Identity
from backroad.verifier.standins.tokens import FLAWS, Algorithm, Flaw
from tests.verifier.dependencies.servers import run
from tests.verifier.servers import bench_for

BACK = "http://127.0.0.1:9/callback"
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


class SignIn:
    """What a right client does."""

    def __init__(self, identity: Identity) -> None:
        self.identity = identity
        self.client = bench_for(identity.url).client()

    async def authorize(self, **more: str) -> Answer:
        asked = {
            "response_type": "code", "client_id": self.identity.client_id, "redirect_uri": BACK, "state": "s1",
            "nonce": "n1", "scope": "openid email profile offline_access", "code_challenge": CHALLENGE,
            "code_challenge_method": "S256", **more,
        }  # fmt: skip
        return await self.client.get("/authorize", query={name: value for name, value in asked.items() if value})

    async def code(self, **more: str) -> str:
        answer = await self.authorize(**more)
        assert answer.status == 302
        return back(answer)["code"]

    async def token(self, code: str, **more: str) -> Answer:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER,
            "client_id": self.identity.client_id, "client_secret": self.identity.client_secret, **more,
        }  # fmt: skip
        body = "&".join(f"{name}={value}" for name, value in form.items() if value)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.client.post("/token", body=body, headers=headers)

    async def verify(self, token: str) -> dict[str, Any]:
        configuration = (await self.client.get("/.well-known/openid-configuration")).json()
        keys = KeySet.import_key_set((await self.client.get("/jwks")).json())
        claims = jwt.decode(token, keys, algorithms=configuration["id_token_signing_alg_values_supported"]).claims
        rules = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": configuration["issuer"]}, exp={"essential": True},
            aud={"essential": True, "value": self.identity.client_id}, nonce={"essential": True, "value": "n1"},
        )  # fmt: skip
        rules.validate(claims)
        return claims


def back(answer: Answer) -> dict[str, str]:
    location = answer.headers.get("location")
    assert location is not None
    assert location.startswith(BACK)
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_signs_in_with_pkce_nonce_and_userinfo(algorithm: Algorithm):
    async def work() -> None:
        async with Identity(seed="A", algorithm=algorithm) as identity:
            identity.sign_in("Bob")
            steps = SignIn(identity)
            parameters = back(await steps.authorize())
            assert (parameters["state"], parameters["iss"]) == ("s1", identity.issuer)
            issued = (await steps.token(parameters["code"])).json()
            claims = await steps.verify(issued["id_token"])
            assert (claims["sub"], claims["email"], claims["name"]) == ("user-bob", "bob@example.test", "Bob")
            bearer = {"Authorization": f"Bearer {issued['access_token']}"}
            assert (await steps.client.get("/userinfo", headers=bearer)).json()["sub"] == "user-bob"
            assert (await steps.client.get("/userinfo")).status == 401
            refresh = {"grant_type": "refresh_token", "refresh_token": issued["refresh_token"]}
            again = (await steps.token("", **refresh)).json()
            assert (await steps.verify(again["id_token"]))["sub"] == "user-bob"
            assert (await steps.token("", **refresh)).status == 400

    run(work())


@pytest.mark.parametrize(
    ("more", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"code": "other"}, 400, "invalid_grant"),
        ({"redirect_uri": f"{BACK}/other"}, 400, "invalid_grant"),
        ({"code_verifier": "other"}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_grant"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_secret": ""}, 200, None),  # a public client with PKCE
    ],
    ids=str,
)
def test_the_token_endpoint_judges(more: dict[str, str], status: int, error: str | None):
    async def work() -> None:
        async with Identity(seed="A", algorithm="ES256") as identity:
            steps = SignIn(identity)
            code = await steps.code()
            answer = await steps.token(**{"code": code, **more})
            assert (answer.status, answer.json().get("error")) == (status, error)
            if status == 200:
                assert (await steps.token(code)).status == 400  # a code works once

    run(work())


def test_basic_authentication_and_a_flow_without_pkce():
    async def work() -> None:
        async with Identity(seed="A", algorithm="ES256") as identity:
            steps = SignIn(identity)
            code = await steps.code(code_challenge="", code_challenge_method="")
            pair = base64.b64encode(f"{identity.client_id}:{identity.client_secret}".encode()).decode()
            body = f"grant_type=authorization_code&code={code}&redirect_uri={BACK}"
            answer = await steps.client.post("/token", body=body, headers={"Authorization": f"Basic {pair}"})
            assert answer.status == 200
            code = await steps.code(code_challenge="", code_challenge_method="")
            assert (await steps.token(code, client_secret="", code_verifier="")).status == 400

    run(work())


def test_where_it_goes_back_to():
    async def work() -> None:
        async with Identity(seed="A", algorithm="ES256") as identity:
            steps = SignIn(identity)
            for uri in ("https://evil.example.test/", "http://evil.example.test/", "javascript:alert(1)"):
                assert (await steps.authorize(redirect_uri=uri)).status == 400
            identity.redirect_uris = [f"{BACK}/registered"]
            assert (await steps.authorize()).status == 400
            identity.redirect_uris = [BACK]
            assert back(await steps.authorize(scope="email"))["error"] == "invalid_scope"
            assert back(await steps.authorize(code_challenge_method="plain"))["error"] == "invalid_request"
            identity.refuse_with = "access_denied"
            assert back(await steps.authorize())["error"] == "access_denied"
            identity.restore()
            async with identity.swap_state():
                assert back(await steps.authorize())["state"] != "s1"

    run(work())


@pytest.mark.parametrize("flaw", FLAWS)
def test_each_flaw_is_one_a_right_client_refuses(flaw: Flaw):
    async def work() -> None:
        async with Identity(seed="A", algorithm="ES256") as identity:
            steps = SignIn(identity)
            async with identity.misbehave(flaw):
                issued = (await steps.token(await steps.code())).json()
            if flaw == "wrong_subject":
                claims = await steps.verify(issued["id_token"])
                bearer = {"Authorization": f"Bearer {issued['access_token']}"}
                assert (await steps.client.get("/userinfo", headers=bearer)).json()["sub"] != claims["sub"]
            else:
                with pytest.raises((JoseError, ValueError)):
                    await steps.verify(issued["id_token"])
            right = (await steps.token(await steps.code())).json()
            await steps.verify(right["id_token"])

    run(work())


def test_the_confused_token_is_signed_with_the_public_key():
    async def work() -> None:
        async with Identity(seed="A", algorithm="RS256") as identity:
            steps = SignIn(identity)
            identity.misbehave("alg_hs256")
            token = (await steps.token(await steps.code())).json()["id_token"]
            header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
            assert header["alg"] == "HS256"

    run(work())


def test_keys_rotate():
    async def work() -> None:
        async with Identity(seed="A", algorithm="ES256") as identity:
            steps = SignIn(identity)
            old = (await steps.token(await steps.code())).json()["id_token"]
            await identity.rotate_keys()
            await steps.verify(old)
            await steps.verify((await steps.token(await steps.code())).json()["id_token"])
            await identity.rotate_keys(keep_old=False)
            with pytest.raises((JoseError, ValueError)):
                await steps.verify(old)

    run(work())
