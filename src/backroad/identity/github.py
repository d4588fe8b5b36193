"""GitHub, which speaks OAuth and no OpenID: who somebody is, is asked with the token (docs.github.com, OAuth apps)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from backroad.identity.elsewhere import Elsewhere, ask_well
from backroad.identity.foreign_model import Claimed, Errand
from backroad.identity.openid import challenge_of
from backroad.settings import Provider


class Places(msgspec.Struct, frozen=True):
    issuer: str
    authorize: str
    token: str
    api: str


GITHUB = Places(
    "https://github.com",
    "https://github.com/login/oauth/authorize",
    "https://github.com/login/oauth/access_token",
    "https://api.github.com",
)


def places_of(provider: Provider) -> Places:
    """An issuer is a GitHub Enterprise Server, which has its API below itself."""
    if not provider.issuer:
        return GITHUB
    base = provider.issuer.rstrip("/")
    return Places(base, f"{base}/login/oauth/authorize", f"{base}/login/oauth/access_token", f"{base}/api/v3")


class GitHub:
    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.places = places_of(provider)
        self.issuer = self.places.issuer

    async def authorize_url(self, errand: Errand, redirect: str) -> str:
        asked = {
            "client_id": self.provider.client_id,
            "redirect_uri": redirect,
            "scope": "read:user user:email",
            "state": errand.state,
            "code_challenge": challenge_of(errand.verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.places.authorize}?{urlencode(asked)}"

    async def check_answer(self, answer: Mapping[str, str]) -> None:
        """GitHub names itself in no answer; state and PKCE bind it, and its redirect is no other provider's."""

    async def claim(self, code: str, errand: Errand, redirect: str, now: datetime) -> Claimed:
        form = {
            "client_id": self.provider.client_id,
            "client_secret": self.provider.client_secret,
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": errand.verifier,
        }
        title = self.provider.title
        issued = await ask_well(title, "POST", self.places.token, form=form)
        token = issued.get("access_token") if isinstance(issued, dict) else None
        if not isinstance(token, str) or not token:  # refusals come with the status 200
            said = issued.get("error") if isinstance(issued, dict) else ""
            raise Elsewhere(title, f"the code was refused: {str(said)[:80]}")
        headers = {"authorization": f"Bearer {token}", "accept": "application/vnd.github+json"}
        user = await ask_well(title, "GET", f"{self.places.api}/user", headers=headers)
        number, login = (user.get("id"), user.get("login")) if isinstance(user, dict) else (None, None)
        if not isinstance(number, int) or isinstance(number, bool) or not isinstance(login, str):
            raise Elsewhere(title, "its user has no number or no name")
        emails = await ask_well(title, "GET", f"{self.places.api}/user/emails", headers=headers)
        name = user.get("name")
        return Claimed(
            self.issuer, str(number), login[:100], email=_primary(emails), name=name if isinstance(name, str) else login
        )


def _primary(emails: Any) -> str:
    """The address that is theirs and that GitHub has verified."""
    for one in emails if isinstance(emails, list) else []:
        if isinstance(one, dict) and one.get("primary") is True and one.get("verified") is True:
            email = one.get("email")
            return email if isinstance(email, str) and len(email) <= 254 and "\0" not in email else ""
    return ""
