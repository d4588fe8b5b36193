"""A browser as far as servers can tell: it keeps cookies, reads forms and sends them."""

from collections.abc import Mapping
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from backroad.verifier import expect
from backroad.verifier.answer import Answer
from backroad.verifier.client import Client
from backroad.verifier.exchange import Exchange
from backroad.verifier.verdict import Failed

FORM = "application/x-www-form-urlencoded"


class Browser:
    """Keeps cookies and sends forms as browsers do. Follows no redirects."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        self.began: Exchange | None = None  # the last time that it was sent to the provider

    @property
    def headers(self) -> dict[str, str]:
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Cookie": cookies} if cookies else {}

    async def get(self, path: str) -> Answer:
        return self._keep(await self.client.get(path, headers=self.headers))

    async def post(self, path: str, fields: Mapping[str, str], headers: Mapping[str, str] | None = None) -> Answer:
        sent = {"Content-Type": FORM, **self.headers, **(headers or {})}
        return self._keep(await self.client.post(path, headers=sent, body=urlencode(fields)))

    async def form(self, page: str, action: str) -> dict[str, str]:
        """The hidden fields of the form on this page that is sent to `action`."""
        answer = expect.status(await self.get(page), 200)
        forms = forms_of(answer.text)
        if action not in forms:
            got = f"forms for {', '.join(forms)}" if forms else "no form"
            raise Failed(expected=f"a form for {action} on {page}", got=got, exchanges=(answer.exchange,))
        return forms[action]

    async def submit(self, page: str, action: str, fields: Mapping[str, str]) -> Answer:
        return await self.post(action, {**await self.form(page, action), **fields})

    def _keep(self, answer: Answer) -> Answer:
        for line in answer.headers.get_all("set-cookie"):
            first, *attributes = line.split(";")
            name, _, value = first.strip().partition("=")
            ended = any(part.strip().lower() == "max-age=0" for part in attributes)
            if ended or not value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return answer


class Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, str]] = {}
        self._open: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = self.forms.setdefault(urlsplit(given.get("action", "")).path, {})
        elif tag == "input" and self._open is not None and given.get("type", "").lower() == "hidden":
            self._open[given.get("name", "")] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_of(page: str) -> dict[str, dict[str, str]]:
    """The path that a form is sent to -> its hidden fields."""
    reader = Forms()
    reader.feed(page)
    return reader.forms
