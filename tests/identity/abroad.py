"""What tests of signing in elsewhere share: a provider on a thread, and a browser that goes there and back."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from backroad.verifier.standins.identity import Identity
from tests.server_mode import Hosted

T = TypeVar("T")


class Provider:
    """The verifier's stand-in provider, on an event loop of its own."""

    def __init__(self, standin: Identity, loop: asyncio.AbstractEventLoop) -> None:
        self.standin = standin
        self._loop = loop

    def run(self, doing: Callable[[Identity], T]) -> T:
        """On the provider's own thread, as it asks for."""

        async def there() -> Any:
            done = doing(self.standin)
            return await done if asyncio.iscoroutine(done) else done

        return asyncio.run_coroutine_threadsafe(there(), self._loop).result(30)  # type: ignore[no-any-return]


@contextmanager
def provider() -> Iterator[Provider]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    running = Provider(Identity(), loop)
    try:
        running.run(lambda standin: standin.open())
        yield running
        running.run(lambda standin: standin.close())
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Browser:
    """Goes from Backroad to a provider and back, step by step, with Backroad's cookies."""

    def __init__(self, server: Hosted, name: str = "oidc", client: httpx2.Client | None = None) -> None:
        self.server = server
        self.name = name
        self.client = client or server.client()

    def leave(self, to: str = "/", **more: str) -> str:
        """The provider's address that Backroad sends to."""
        answer = self.client.get(f"/login/with/{self.name}", params={"next": to, **more})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    def visit(self, address: str) -> dict[str, str]:
        """What the provider sends back, in the address that it leads to."""
        with httpx2.Client(timeout=20) as elsewhere:
            answer = elsewhere.get(address)
        assert answer.status_code in (302, 303), answer.text
        back = answer.headers["location"]
        assert back.partition("?")[0] == f"{self.server.url}/login/from/{self.name}", back
        return dict(parse_qsl(urlsplit(back).query))

    def come_back(self, **answer: str) -> httpx2.Response:
        return self.client.get(f"/login/from/{self.name}?{urlencode(answer)}")

    def sign_in(self, to: str = "/", **more: str) -> httpx2.Response:
        return self.come_back(**self.visit(self.leave(to, **more)))

    def me(self) -> dict[str, Any] | None:
        answer = self.client.get("/api/v1/me")
        return answer.json() if answer.status_code == 200 else None


def settings_for(abroad: Provider) -> dict[str, str]:
    standin = abroad.standin
    return {
        "oidc_issuer": standin.issuer,
        "oidc_client_id": standin.client_id,
        "oidc_client_secret": standin.client_secret,
        "oidc_title": "Example University",
    }


def arrives_as(abroad: Provider, name: str, *, email: str = "", verified: bool = True) -> None:
    abroad.run(lambda standin: standin.sign_in(name, email=email, verified=verified))
