"""Backroad for people who sign in: a real `backroad serve`, with Alice, Bob, Carol and Dana in it.

Alice and Bob are learners, Carol is an instructor, Dana the admin. Features that group people (cohorts) do so in their
own tests.
"""

import email
import email.policy
import functools
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple, TypeVar

import httpx2
import pytest

from backroad.identity import actions, passwords
from backroad.identity.model import Person, Role
from backroad.kit.db import Database, sqlite_url
from tests.serving import COMMAND, FIRST_FORM, MONDAY, Server, environment, free_port

T = TypeVar("T")
PASSWORD = "a sentence nobody says twice"
SECRET_KEY = "0123456789abcdef" * 4
PEOPLE: Mapping[str, Role] = {"alice": "learner", "bob": "learner", "carol": "instructor", "dana": "admin"}


@functools.cache
def kept_password(password: str) -> str:
    """Hashed once for all tests: it takes as long as at any other place."""
    return passwords.hashed(password)


class Member(NamedTuple):
    """Somebody who has signed in."""

    person: Person
    client: httpx2.Client

    @property
    def id(self) -> str:
        return self.person.id


class Hosted(Server):
    """A running `backroad serve`. `url` is its public one."""

    def __init__(
        self, home: Path, port: int, process: subprocess.Popen[bytes], log: Path, database_url: str, now: str
    ) -> None:
        super().__init__(home, port, process, log)
        self.url = f"http://localhost:{port}"
        self.now = datetime.fromisoformat(now) if now else datetime.now(UTC)
        self.db = Database(database_url)
        """Another connection to its database, to look behind the scenes."""
        self._members: dict[str, Member] = {}
        self._clients: list[httpx2.Client] = []

    def client(self, **options: object) -> httpx2.Client:
        """Of somebody who has not signed in. It says where it comes from, as browsers do."""
        client = super().client(**{"headers": {"origin": self.url}, **options})
        self._clients.append(client)
        return client

    def add(self, name: str, role: Role = "learner", *, verified: bool = True, password: str = PASSWORD) -> Person:
        """An account `name@example.org`."""
        made = {"email": f"{name}@example.org", "name": name.capitalize(), "role": role, "verified": verified}
        kept = kept_password(password)
        return self.db.run_now(lambda tx: actions.add(tx, now=self.now, password=kept, **made))  # type: ignore[arg-type]

    def sign_in(self, name: str, password: str = PASSWORD, **options: object) -> httpx2.Client:
        client = self.client(**options)
        answer = client.post("/login", data={"email": f"{name}@example.org", "password": password, "next": "/"})
        assert answer.status_code == 303, answer.text
        return client

    def member(self, name: str, role: Role | None = None, *, settled: bool = True) -> Member:
        """Somebody signed in, made when first asked for; `settled`: they have answered the five questions."""
        if name not in self._members:
            person = self.add(name, role or PEOPLE.get(name, "learner"))
            client = self.sign_in(name)
            if settled:
                answer = client.post("/setup", data=FIRST_FORM)
                assert answer.status_code == 303, answer.text
            self._members[name] = Member(person, client)
        return self._members[name]

    @property
    def alice(self) -> Member:
        return self.member("alice")

    @property
    def bob(self) -> Member:
        return self.member("bob")

    @property
    def carol(self) -> Member:
        return self.member("carol")

    @property
    def dana(self) -> Member:
        return self.member("dana")

    def mails(self, to: str = "") -> list[EmailMessage]:
        """What was sent, oldest first; `to` is an email."""
        folder = self.home.parent / "mail"
        read = [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in sorted(folder.glob("*.eml"))
        ]
        return [mail for mail in read if isinstance(mail, EmailMessage) and (not to or mail["To"] == to)]

    def mail(self, to: str, subject: str) -> EmailMessage:
        """The last one with this subject. Letters go out after the answer, so it may take a moment."""
        return self._awaited(lambda: next((m for m in reversed(self.mails(to)) if m["Subject"] == subject), None))

    def mails_when(self, to: str, count: int) -> list[EmailMessage]:
        """All of them, as soon as there are so many."""
        return self._awaited(lambda: found if len(found := self.mails(to)) >= count else None)

    def link(self, to: str, within: str = "") -> str:
        """The last link of this server that was mailed to them; `within` must be part of it."""
        return self._awaited(lambda: self._link(to, within))

    def _awaited(self, look: Callable[[], T | None]) -> T:
        until = time.monotonic() + 15
        while time.monotonic() < until:
            if (found := look()) is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"not mailed: {[(mail['To'], mail['Subject']) for mail in self.mails()]}")

    def _link(self, to: str, within: str) -> str | None:
        for mail in reversed(self.mails(to)):
            links = [link for link in re.findall(r"https?://\S+", mail.get_content()) if within in link]
            if links:
                assert links[-1].startswith(f"{self.url}/"), links
                return links[-1]
        return None

    def close(self) -> None:
        for client in self._clients:
            client.close()
        self.db.close()


@contextmanager
def hosting(folder: Path, *, now: str = MONDAY, faults: bool = False, **variables: str) -> Iterator[Hosted]:
    """`backroad serve` until the block ends, with its data in `folder`; `variables` are settings, by their names in
    small letters without `BACKROAD_`. It may be called again on the same folder, for a later day."""
    port, home = free_port(), folder / "home"
    given = {
        "mode": "server",
        "public_url": f"http://localhost:{port}",
        "port": str(port),
        "secret_key": SECRET_KEY,
        "mail_url": (folder / "mail").as_uri(),
        **variables,
    }
    env = {**environment(home, now), **{f"BACKROAD_{name.upper()}": value for name, value in given.items()}}
    log = folder / f"server-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*COMMAND, "serve"], env=env, stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True
        )
    url = env.get("BACKROAD_DATABASE_URL", sqlite_url(home / "backroad.db")).replace(
        "postgresql://", "postgresql+psycopg://"
    )
    server = Hosted(home, port, process, log, url, now)
    try:
        server.wait_until_up(60)
        yield server
        server.stop()
        assert faults or "Traceback" not in server.said, server.said
    finally:
        server.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture(scope="session")
def hosted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    """One server on SQLite for all tests that can share it: they change nobody's role or password but of people whom
    they made themselves."""
    with hosting(tmp_path_factory.mktemp("hosted")) as server:
        yield server
