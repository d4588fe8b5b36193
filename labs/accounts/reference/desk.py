"""The desk that everybody passes who wants in: passwords, codes and the brake, for tokens and for pages alike."""

from datetime import UTC, datetime

import accounts
import sessions
import totp
from accounts import Account
from asgi import Problem
from brake import Brake
from database import Database
from passwords import verify_password
from provider import Provider
from rules import email_key, now
from settings import Settings
from tokens import Tokens

CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Desk:
    def __init__(self, settings: Settings, database: Database, tokens: Tokens, provider: Provider) -> None:
        self.settings = settings
        self.database = database
        self.tokens = tokens
        self.provider = provider
        self.brake = Brake(settings.login_window_seconds)

    async def admit(self, email: str, password: str, code: str | None) -> Account:
        """Whose address, password and code these are. What is wrong with them is not told, but for a missing code."""
        if wait := self.brake.take(email_key(email)):
            raise Problem(429, "Too many tries for this account.", {"Retry-After": str(wait)})
        account = await self.database.run(accounts.find_by_email, email)
        right = await verify_password(account.password_hash if account else None, password)
        if account is None or not right or account.disabled:
            raise Problem(401, "The address or the password is wrong.", CHALLENGE)
        if account.totp_on:
            await self._use_code(account, code)
        self.brake.forgive(email_key(email))
        return account

    async def _use_code(self, account: Account, code: str | None) -> None:
        if code is None:
            raise Problem(401, "A code is needed too.", CHALLENGE, code="missing")
        if not await self.accepts_code(account, code):
            raise Problem(401, "The code is wrong or was used.", CHALLENGE)

    async def accepts_code(self, account: Account, code: str) -> bool:
        """Right, and never accepted before."""
        step = totp.step_of(account.totp_secret or "", code)
        return step is not None and await self.database.run(accounts.use_totp_step, account.id, step)

    async def start(self, account: Account, kind: str) -> tuple[str, str]:
        return await self.database.run(sessions.start, account.id, kind, self.in_seconds(self.settings.session_seconds))

    @staticmethod
    def in_seconds(seconds: int) -> int:
        return now() + seconds * 1000


def show_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
