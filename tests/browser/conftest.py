"""One Chromium for a module; a fresh context for each test, which must log no error and ask nobody else."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
OpenPage = Callable[..., Page]


def leaves(address: str) -> bool:
    """Everything comes from this machine."""
    own = [f"{scheme}://{host}:" for scheme in ("http", "ws") for host in ("127.0.0.1", "localhost")]
    return not address.startswith((*own, "data:"))


@pytest.fixture(
    scope="module"
)  # while it is there, an event loop runs in this thread, and other modules want their own
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens a page in a context of its own; options go to the context. Errors on its console fail the test."""
    said: list[str] = []
    contexts = []

    def opened(width: int = 1280, height: int = 860, **options: object) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)  # type: ignore[arg-type]
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: (said.append(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: leaves(request.url) and said.append(f"asks elsewhere: {request.url}"))
        return page

    yield opened
    for context in contexts:
        context.close()
    expected = ("Failed to load resource: the server responded with a status of 4",)
    assert not [text for text in said if not text.startswith(expected)]
