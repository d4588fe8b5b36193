"""What a browser does in a launch: it follows redirects and posts forms, with the headers of the pages it is on."""

import html
import re
from typing import NamedTuple

import httpx2

from tests.lti.platform import Platform
from tests.server_mode import Hosted


class Form(NamedTuple):
    action: str
    fields: dict[str, str]


def form_in(page: str) -> Form:
    found = re.search(r'<form[^>]*action="([^"]*)"', page)
    assert found, page
    fields = re.findall(r'<input[^>]*name="([^"]*)"[^>]*value="([^"]*)"', page[found.start() :])
    return Form(html.unescape(found[1]), {name: html.unescape(value) for name, value in fields})


class Browser:
    """Somebody's, with its cookies. It knows nobody yet."""

    def __init__(self, tool: Hosted) -> None:
        self.tool = tool
        self.client = tool.client(headers={})

    def from_platform(self, platform: Platform) -> dict[str, str]:
        return {"origin": platform.url, "sec-fetch-site": "cross-site", "referer": f"{platform.url}/"}

    def begin(self, platform: Platform, user: str, **changes: str) -> httpx2.Response:
        form = platform.login_form(user, **changes)
        return self.client.post("/lti/login", data=form, headers=self.from_platform(platform))

    def form(self, platform: Platform, user: str = "u-ada") -> Form:
        """Up to the form with the token, which the platform's page posts by itself."""
        answer = self.begin(platform, user)
        assert answer.status_code == 303, answer.text
        shown = httpx2.get(answer.headers["location"])
        assert shown.status_code == 200, shown.text
        return form_in(shown.text)

    def post(self, platform: Platform, form: Form) -> httpx2.Response:
        return self.client.post(form.action, data=form.fields, headers=self.from_platform(platform))

    def launch(self, platform: Platform, user: str = "u-ada") -> httpx2.Response:
        return self.post(platform, self.form(platform, user))

    def is_in(self) -> bool:
        return (
            self.client.get("/settings", headers={"accept": "text/html"}).headers.get("location")
            != "/login?next=/settings"
        )
