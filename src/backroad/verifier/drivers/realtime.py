"""Hooks of the shared checks on real time: rooms where people send messages to one another over WebSockets."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec

from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.histories.history import History, Pending
from backroad.verifier.target import Target
from backroad.verifier.verdict import Failed
from backroad.verifier.websocket import Message, WebSocket
from backroad.verifier.wording import count, excerpt, seconds, value

WELCOME = 10.0  # seconds
FEW = 12


class Heard(msgspec.Struct, frozen=True):
    """A message as it was delivered."""

    seq: int
    id: str
    text: str
    sender: str


class Acked(msgspec.Struct, frozen=True):
    """The target has taken a message of ours, as number `seq`."""

    id: str
    seq: int


class Refused(msgspec.Struct, frozen=True):
    """The target did not take something; `id` of the message, if it says which one."""

    id: str | None
    why: str


class Presence(msgspec.Struct, frozen=True):
    person: str
    here: bool


class Welcome(msgspec.Struct, frozen=True):
    """The first message on a connection: from now on, or from the message that was named, it gets everything."""


Told = Heard | Acked | Refused | Presence | Welcome


class Seat:
    """One connection of somebody in a room, and what has been told to it."""

    def __init__(self, driver: "Realtime", socket: WebSocket, name: str, history: History | None, room: str) -> None:
        self.socket = socket
        self.name = name  # in histories
        self.heard: list[Heard] = []
        self.acked: dict[str, Acked] = {}
        self.refused: list[Refused] = []
        self.presence: list[Presence] = []
        self.welcomed = False
        self.broken = ""  # what came that the contract does not have
        self.late: dict[str, float] = {}  # id -> when its message arrived (time.perf_counter)
        self._driver = driver
        self._history = history
        self._room = room
        self._sends: dict[str, Pending] = {}
        socket.on_message = self._take
        for message in socket.unread():
            self._take(message)

    def push(self, text: str, *, id: str) -> None:  # noqa: A002
        """Send without waiting for anything."""
        if self._history is not None:
            self._sends[id] = self._history.begin(self.name, "send", room=self._room, message=text)
        self.socket.push(self._driver.saying(id, text))

    async def say(self, text: str, *, id: str | None = None, timeout: float = 5) -> Acked:  # noqa: A002
        """Send, and wait until the target has taken it."""
        named = id or self._driver.bench.word("m-")
        self.acked.pop(named, None)
        before = len(self.refused)
        self.push(text, id=named)
        await self.until(lambda: named in self.acked or len(self.refused) > before, "an acknowledgement", timeout)
        if named not in self.acked:
            raise self.failed("an acknowledgement", f"a refusal: {self.refused[-1].why}")
        return self.acked[named]

    async def until(
        self, condition: Callable[[], bool], expected: str, timeout: float = 5, *, got: Callable[[], str] | None = None
    ) -> None:
        """Failed if it does not come true in that time; `got` says what there is instead."""
        if not await self.comes(condition, timeout):
            raise self.failed(f"{expected} within {seconds(timeout)}", got() if got is not None else "nothing")

    async def comes(self, condition: Callable[[], bool], timeout: float) -> bool:
        def fine() -> bool:
            return condition() or bool(self.broken)

        true = await self.socket.until(lambda: fine() or self.socket.over, timeout)
        if self.broken:
            raise self.failed("messages as in the contract", self.broken)
        return true and condition()

    async def hears(self, number: int, timeout: float = 5, *, what: str = "") -> list[Heard]:
        """The first `number` messages; Failed if there are fewer in that time."""
        expected = what or (f"{count(number)} messages" if number > 1 else "a message")
        got = self.heard
        await self.until(lambda: len(got) >= number, expected, timeout, got=lambda: self._fewer(len(got), number))
        return got[:number]

    async def gets(self, said: Acked, what: str = "the message", timeout: float = 5) -> None:
        """This message arrives."""
        await self.until(lambda: said.id in self.late, what, timeout)

    async def reaches(self, number: int, timeout: float) -> bool:
        """Whether so many messages arrive in that time."""
        return await self.comes(lambda: len(self.heard) >= number, timeout)

    async def answered(self, number: int, timeout: float) -> bool:
        """Whether so many of its own messages are acknowledged or refused in that time, or the connection is over."""
        return await self.comes(lambda: self.socket.over or len(self.acked) + len(self.refused) >= number, timeout)

    async def acknowledges(self, id: str, what: str = "an acknowledgement", timeout: float = 5) -> None:  # noqa: A002
        await self.until(
            lambda: id in self.acked, what, timeout,
            got=lambda: f"a refusal: {self.refused[-1].why}" if self.refused else "nothing",
        )  # fmt: skip

    async def taken(self, number: int, timeout: float = 5) -> None:
        """So many of its own messages are acknowledged."""
        await self.until(
            lambda: len(self.acked) >= number, f"{count(number)} acknowledgements", timeout,
            got=lambda: self._fewer(len(self.acked), number) + (", and refusals" if self.refused else ""),
        )  # fmt: skip

    def _fewer(self, got: int, number: int) -> str:
        """The same words on every run where the number depends on who was quicker."""
        self._driver.bench.log(f"{got} of {number} came")
        return "none" if not got else count(got) if number <= FEW else "some of them"

    async def refuses(self, number: int, expected: str) -> None:
        """So many refusals came in all."""
        if not await self.comes(lambda: len(self.refused) >= number, 5):
            raise self.failed(expected, "nothing")

    async def sees(self, presence: Presence, what: str, timeout: float = 5) -> None:
        await self.until(lambda: presence in self.presence, what, timeout)

    def must(self, condition: object, expected: str, got: str) -> None:
        """Failed, with what was sent here, unless it is so."""
        if not condition:
            raise self.failed(expected, got)

    def equal(self, got: Any, want: Any, what: str) -> None:
        self.must(got == want, f"{what}: {value(want)}", value(got))

    def failed(self, expected: str, got: str) -> Failed:
        return self.socket.failed(expected, got)

    def _take(self, message: Message) -> None:
        try:
            told = self._driver.told(message.json())
        except (ValueError, KeyError, TypeError, RecursionError):
            self.broken = f"{excerpt(message.text or 'a binary message', 160)}"
            return
        match told:
            case Heard():
                self._hear(told, message.at)
            case Acked():
                self.acked[told.id] = told
                if pending := self._sends.pop(told.id, None):
                    pending.ok(told.seq)
            case Refused():
                self.refused.append(told)
                if pending := self._sends.pop(told.id or "", None):
                    pending.fail()
            case Presence():
                self.presence.append(told)
            case Welcome():
                self.welcomed = True

    def _hear(self, heard: Heard, at: float) -> None:
        self.heard.append(heard)
        self.late[heard.id] = at
        if self._history is not None:
            self._history.begin(self.name, "receive", room=self._room, message=heard.text).ok(heard.seq)


class Realtime(LabDriver):
    """What the shared checks on real time need to know of a chat."""

    message_limit = 16_384  # bytes of one message; a larger one ends the connection with 1009
    heartbeat: Mapping[str, str] = {}  # variables that make the target look after silent clients every second
    flood = (100, 10.0)  # messages that a person may send in so many seconds
    stops_within = 10.0  # seconds from SIGTERM to the exit

    async def room(self, *people: Person) -> str:
        """A new room of the first person, where the others may be too."""
        raise NotImplementedError

    def seat_path(self, room: str) -> str:
        """Where a WebSocket to a room is opened."""
        raise NotImplementedError

    def backfill(self, seq: int) -> Mapping[str, Any]:
        """The query that asks for everything after a message."""
        raise NotImplementedError

    def saying(self, id: str, text: str) -> Any:  # noqa: A002
        """The message that sends a text."""
        raise NotImplementedError

    def told(self, message: Any) -> Told:
        """What a message of the target says; ValueError, KeyError or TypeError if the contract has no such message."""
        raise NotImplementedError

    def name_of(self, person: Person) -> str:
        """What the target calls them in its messages."""
        raise NotImplementedError

    def nonsense(self) -> Mapping[str, str]:
        """What it is -> a text that the target answers with an error, and after which the connection goes on."""
        raise NotImplementedError

    async def sit(
        self, room: str, person: Person, *, after: int | None = None, target: Target | None = None,
        history: History | None = None, name: str = "", headers: Mapping[str, str] | None = None, **options: Any,
    ) -> Seat:  # fmt: skip
        """Open a connection and wait for the welcome; what was sent after message `after` comes first."""
        query = f"?{urlencode(self.backfill(after))}" if after is not None else ""
        path = self.seat_path(room) + query
        joining = history.begin(name, "join", room=room) if history is not None else None
        socket = await self.bench.websocket(
            path, headers={**person.credentials, **(headers or {})}, target=target, **options
        )
        seat = Seat(self, socket, name, history, room)
        await seat.until(lambda: seat.welcomed, "a welcome as the first message", WELCOME)
        if joining is not None:
            joining.ok()
        return seat

    async def seats(self, room: str, people: Sequence[Person], **options: Any) -> list[Seat]:
        """One for each, in order."""
        return [await self.sit(room, person, name=f"{at}", **options) for at, person in enumerate(people, 1)]

    async def pair(self, number: int = 2, **options: Any) -> tuple[str, list[Person], list[Seat]]:
        """A new room with so many people who are connected."""
        people = [await self.person() for _ in range(number)]
        room = await self.room(*people)
        return room, people, await self.seats(room, people, **options)
