"""Programs without a browser: they ask to be let in, and come with what they got."""

import httpx2

from tests.server_mode import Hosted

CLI = "backroad-cli"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def begun(program: httpx2.Client, scope: str = "read write") -> dict[str, str]:
    answer = program.post("/oauth/device", data={"client_id": CLI, "scope": scope})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()  # type: ignore[no-any-return]


def polled(program: httpx2.Client, device_code: str, client: str = CLI) -> httpx2.Response:
    return program.post("/oauth/token", data={"grant_type": DEVICE, "device_code": device_code, "client_id": client})


def let_in(server: Hosted, program: httpx2.Client, scope: str = "read write", who: str = "alice") -> dict[str, str]:
    started = begun(program, scope)
    person = server.member(who)
    answer = person.client.post("/device", data={"user_code": started["user_code"], "decision": "allow"})
    assert "is let in" in answer.text, answer.text
    got = polled(program, started["device_code"])
    assert got.status_code == 200, got.text
    return got.json()  # type: ignore[no-any-return]


def refreshed(program: httpx2.Client, refresh: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "refresh_token": refresh, "client_id": CLI}
    return program.post("/oauth/token", data=form)


def me(program: httpx2.Client, token: str) -> httpx2.Response:
    return program.get("/api/v1/me", headers={"authorization": f"Bearer {token}"})
