"""Giving grades back (LTI Assignment and Grade Services 2.0): what changed since the platform was last told."""

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import msgspec
import structlog
from sqlalchemy import Connection

from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.lti import store
from backroad.lti.calls import SCORE, Calls
from backroad.lti.content import Ground, Score, read_content, score_of
from backroad.lti.model import Link, Platform
from backroad.progress import actions as progress
from backroad.signing import actions as signing
from backroad.signing.private import Keyring

log = structlog.get_logger()
EVERY = 15.0
"""Seconds between two looks."""
AT_ONCE = 50
LEASE = timedelta(minutes=2)
"""After so long, a process that died while it sent is replaced."""
MOST_TRIES = 12


def assertion(tx: Connection, ring: Keyring, platform: Platform, now: datetime) -> str:
    """By which the platform knows us (RFC 7523; 1EdTech Security Framework 1.0, section 4.1.1)."""
    moment = int(now.timestamp())
    claims = {
        "iss": platform.client_id,
        "sub": platform.client_id,
        "aud": platform.audience or platform.token_url,
        "iat": moment,
        "exp": moment + 300,
        "jti": secrets.token_urlsafe(16),
    }
    return signing.sign(signing.signing_key(tx, ring, "lti", now), claims)


def scores_url(line: str) -> str:
    """`…/lineitem?x=1` becomes `…/lineitem/scores?x=1` (section 3.4)."""
    parts = urlsplit(line)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores"))


def body_of(link: Link, score: Score, now: datetime) -> bytes:
    at = now.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    whole = score.given == score.maximum
    return msgspec.json.encode(
        {
            "userId": link.subject,
            "scoreGiven": score.given,
            "scoreMaximum": score.maximum,
            "activityProgress": "Completed" if whole else "InProgress",
            "gradingProgress": "FullyGraded",
            "timestamp": at,
            "comment": score.comment,
        }
    )


class Sender:
    """Looks for what changed, and tells the platforms. Any number of processes may do so."""

    def __init__(self, db: Database, ring: Keyring, calls: Calls, ground: Callable[[], Ground]) -> None:
        self._db = db
        self._ring = ring
        self._calls = calls
        self._ground = ground
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="lti grades")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY)
            try:
                await asyncio.to_thread(self.once)
            except Exception as error:  # a database that is away comes back; the loop must not end
                log.warning("grades were not sent", error=type(error).__name__, reason=str(error)[:200])

    def once(self) -> int:
        """Send what is to be sent now; how many grades went out."""
        links = self._db.run_now(lambda tx: store.stale_links(tx, clock.now(), AT_ONCE))
        return sum(self._told(link) for link in links)

    def _told(self, link: Link) -> bool:
        now = clock.now()

        def claimed(tx: Connection) -> tuple[Platform, Score, str] | None:
            ledger = progress.ledger(tx, link.person)
            newest = max((item.at for item in ledger), default=link.checked_at)
            if not store.claim(tx, link, max(newest, link.checked_at), now + LEASE):
                return None
            ground, platform = self._ground(), store.platform(tx, link.platform)
            assert platform is not None  # its links go with it
            content = read_content(link.content, link.counted, ground)
            return platform, score_of(content, ledger, ground), assertion(tx, self._ring, platform, now)

        try:
            found = self._db.run_now(claimed)
            if found is None:
                return False
            platform, score, proof = found
            share = score.given / score.maximum
            if share == link.score or (share == 0 and link.sent_at is None):
                self._db.run_now(lambda tx: store.note_sent(tx, link.id))
                return False
            self._send(link, platform, score, proof, now)
        except Problem as problem:
            self._failed(link, problem, now)
            return False
        self._db.run_now(lambda tx: store.note_sent(tx, link.id, score=share, sent_at=now))
        return True

    def _send(self, link: Link, platform: Platform, score: Score, proof: str, now: datetime) -> None:
        token = self._calls.token(platform, proof, SCORE)
        sent: dict[str, Any] = {
            "body": body_of(link, score, now),
            "headers": {"content-type": "application/vnd.ims.lis.v1.score+json", "authorization": f"Bearer {token}"},
            "passes": (401, 409),  # 409: it was told something newer already
        }
        answer = self._calls.send(platform, "POST", scores_url(link.line), **sent)
        if answer.status == 401:
            self._calls.forget_token(platform, SCORE)
            raise Problem(f"{platform.title} does not take its own token for grades.")

    def _failed(self, link: Link, problem: Problem, now: datetime) -> None:
        log.warning("a grade was not taken", link=link.id[:12], tries=link.tries + 1, reason=problem.sentence)
        wait = timedelta(minutes=min(720, 2**link.tries))
        again = now + wait if link.tries + 1 < MOST_TRIES else None
        self._db.run_now(lambda tx: store.note_failed(tx, link.id, problem.sentence, again))
