"""A teacher chooses content; the platform gets it signed; what was chosen opens."""

from typing import Any

import httpx2
import pytest

from tests.lti.browser import Browser, form_in
from tests.lti.platform import CLAIM, DEEP, DEPLOYMENT, Platform
from tests.server_mode import Hosted

pytestmark = pytest.mark.slow


@pytest.fixture
def linking(platform: Platform) -> Platform:
    platform.message = "LtiDeepLinkingRequest"
    return platform


def choose(tool: Hosted, page: httpx2.Response, browser: Browser, **fields: str) -> httpx2.Response:
    sealed = form_in(page.text).fields["sealed"]
    own = {"origin": tool.url, "sec-fetch-site": "same-origin"}
    return browser.client.post("/lti/choose", data={"sealed": sealed, **fields}, headers=own)


@pytest.mark.parametrize(("content", "counted"), [("lab:shortener", "supervised"), ("road:canonical", "any")])
def test_what_a_teacher_chooses_is_what_opens(content: str, counted: str, tool: Hosted, linking: Platform) -> None:
    browser = Browser(tool)
    page = browser.launch(linking, "u-tom")
    assert page.status_code == 200, page.text
    assert not browser.is_in(), "choosing signs nobody in"
    for kind in ("lab:todo", "road:canonical", "skill:sql.joins"):
        assert f'value="{kind}"' in page.text
    answer = choose(tool, page, browser, content=content, counted=counted)
    assert f"form-action 'self' {linking.url};" in answer.headers["content-security-policy"]
    assert answer.headers.get_list("content-security-policy") == [answer.headers["content-security-policy"]]
    form = form_in(answer.text)
    assert form.action == f"{linking.url}/return"
    assert httpx2.post(form.action, data=form.fields).text == "added"
    (said,) = linking.chosen
    assert said["aud"] == [linking.url]
    assert len(said["nonce"]) > 20
    lti = {name.removeprefix(CLAIM): value for name, value in said.items() if name.startswith(CLAIM)}
    assert lti == {"deployment_id": DEPLOYMENT, "message_type": "LtiDeepLinkingResponse", "version": "1.3.0"}
    assert said[f"{DEEP}data"] == "csrf-of-the-platform"
    (item,) = said[f"{DEEP}content_items"]
    assert (item["type"], item["url"]) == ("ltiResourceLink", f"{tool.url}/lti/launch")
    assert item["lineItem"]["scoreMaximum"] == 100
    linking.message, linking.custom = "LtiResourceLinkRequest", item["custom"]
    opened = Browser(tool).launch(linking)
    assert opened.headers["location"] in ("/labs/shortener", "/roads/canonical")


def settings_without(**changes: Any) -> Any:
    def tamper(_: dict[str, Any], claims: dict[str, Any]) -> None:
        settings = {**claims[f"{DEEP}deep_linking_settings"], **changes}
        claims[f"{DEEP}deep_linking_settings"] = {name: value for name, value in settings.items() if value is not None}

    return tamper


REFUSED = {
    "no address": (settings_without(deep_link_return_url=None), "deep_linking_settings"),
    "address is no text": (settings_without(deep_link_return_url=["x"]), "deep_linking_settings"),
    "plain http elsewhere": (settings_without(deep_link_return_url="http://evil.example/x"), "must begin with https"),
    "javascript": (settings_without(deep_link_return_url="javascript:alert(1)"), "not a URL"),
    "takes files alone": (settings_without(accept_types=["file"]), "accept_types"),
    "takes nothing": (settings_without(accept_types=None), "accept_types"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_answered_is_refused(name: str, tool: Hosted, linking: Platform) -> None:
    linking.tamper, said = REFUSED[name]
    answer = Browser(tool).launch(linking, "u-tom")
    assert (answer.status_code in (400, 401), said in answer.text) == (True, True), answer.text


def test_learners_choose_nothing(tool: Hosted, linking: Platform) -> None:
    answer = Browser(tool).launch(linking, "u-ada")
    assert (answer.status_code, "(roles)" in answer.text) == (401, True)


def test_a_choice_is_of_what_there_is_and_sealed(tool: Hosted, linking: Platform) -> None:
    browser = Browser(tool)
    page = browser.launch(linking, "u-tom")
    for content in ("lab:nope", "", "road:nope", "skill:<script>"):
        answer = choose(tool, page, browser, content=content)
        assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
        assert "<script>" not in answer.text.replace("<script src", "")
    own = {"origin": tool.url, "sec-fetch-site": "same-origin"}
    sealed = form_in(page.text).fields["sealed"]
    for text in ("", "x", sealed[:-4] + "AAAA"):
        forged = browser.client.post("/lti/choose", data={"sealed": text, "content": "lab:todo"}, headers=own)
        assert forged.status_code == 401


def test_a_platform_without_line_items_is_sent_none(tool: Hosted, linking: Platform) -> None:
    linking.tamper = settings_without(accept_lineitem=False, data=None)
    browser = Browser(tool)
    answer = choose(tool, browser.launch(linking, "u-tom"), browser, content="skill:sql.joins", counted="supervised")
    httpx2.post(form_in(answer.text).action, data=form_in(answer.text).fields)
    (said,) = linking.chosen
    assert f"{DEEP}data" not in said
    (item,) = said[f"{DEEP}content_items"]
    assert "lineItem" not in item
    assert item["custom"] == {"backroad": "skill:sql.joins", "counted": "any"}
