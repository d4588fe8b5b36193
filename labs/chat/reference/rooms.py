"""Rooms as this process sees them: who sits in them, and what each has still to be sent.

The log of a room in the store is the truth, and everybody reads along it at their own pace: a session remembers the
number of the last message it was sent, and asks for those after it. So what came before somebody joined, what comes
now, what another process wrote and what a slow client missed are all the same thing, and nothing falls between two.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterable
from typing import Any

import msgspec
import rules
from brake import Brake
from news import News
from store import Message, Reused, Room, Store, Unknown
from wire import Closed, Wire, text_frame

log = logging.getLogger(__name__)
RECENT, PAGE = 500, 200  # messages of a room kept as frames; read at once
NOTICES = 500  # that wait for one client
SWEEP = 1.0  # seconds between looks into the store, for news that did not come
AWAY, REMOVED, GONE = 1001, 4403, 4404  # close codes


def frame(**fields: Any) -> bytes:
    return text_frame(msgspec.json.encode(fields))


class Feed:
    """The log of one room, up to `seq`, and the sessions that read along."""

    def __init__(self, room: Room) -> None:
        self.id, self.name, self.seq = room.id, room.name, room.last_seq
        self.sessions: set[Session] = set()
        self.present: set[str] = set()  # as last announced
        self.here: set[str] = set()  # those of this process, as the others were told
        self.reading = asyncio.Lock()
        self._recent: deque[tuple[int, bytes]] = deque(maxlen=RECENT)

    def add(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._recent.append((message.seq, message_frame(message)))
            self.seq = message.seq
        for session in self.sessions:
            session.woken.set()

    def recent_after(self, seq: int) -> list[tuple[int, bytes]] | None:
        """None if some of it is no longer here."""
        if seq >= self.seq:
            return []
        if not self._recent or self._recent[0][0] > seq + 1:
            return None
        return [self._recent[at] for at in range(seq + 1 - self._recent[0][0], len(self._recent))]


def message_frame(message: Message) -> bytes:
    return frame(type="message", **show_message(message))


def show_message(message: Message) -> dict[str, Any]:
    shown = msgspec.structs.asdict(message)
    return {**shown, "sent_at": rules.show_time(message.sent_at)}


class Hub:
    def __init__(self, store: Store, heartbeat: float) -> None:
        self.store = store
        self.news: News | None = None
        self.stopping = False
        self._brake = Brake()
        self._heartbeat = heartbeat
        self._feeds: dict[int, Feed] = {}
        self._elsewhere: dict[str, tuple[float, dict[int, set[str]]]] = {}  # process -> until when, room -> people

    async def seat(self, wire: Wire, room: Room, person: str, after: int | None) -> None:
        """Somebody joins, stays, and leaves."""
        feed = self._feeds.setdefault(room.id, Feed(room))
        session = Session(self, feed, wire, person)
        feed.sessions.add(session)
        try:
            await self.catch_up(feed)
            session.seq = feed.seq if after is None else min(after, feed.seq)
            self.announce(feed)
            session.tell(type="welcome", room=feed.name, person=person, last_seq=feed.seq, present=sorted(feed.present))
            if self.stopping:
                wire.close(AWAY, "going away")
            await session.run()
        except Closed:
            pass
        except Exception:
            log.exception("a session went wrong")
            wire.close(1011, "something went wrong here")
        finally:
            feed.sessions.discard(session)
            self.announce(feed)
            if not feed.sessions:
                self._feeds.pop(feed.id, None)

    async def post(self, feed: Feed, person: str, message_id: str, text: str) -> int:
        """The number of the message, once it is on the disk."""
        seq, new = await self.store.run(self.store.add_message, feed.id, person, message_id, text, rules.now())
        if new:
            await self.catch_up(feed)
            self.tell_others(feed.id)
        return seq

    def seconds_to_wait(self, person: str) -> int:
        return self._brake.seconds_to_wait(person)

    async def catch_up(self, feed: Feed) -> None:
        async with feed.reading:
            while messages := await self.store.run(self.store.messages, feed.id, feed.seq, PAGE):
                feed.add(messages)
                if len(messages) < PAGE:
                    break

    async def look_at(self, room: int) -> None:
        """Something about the room has changed, here or in another process."""
        feed = self._feeds.get(room)
        if feed is None:
            return
        state = await self.store.run(self.store.state, room)
        for session in list(feed.sessions):
            if state is None:
                session.wire.close(GONE, "the room is gone")
            elif session.person not in state[1]:
                session.wire.close(REMOVED, "you are no member any more")
        if state is not None and state[0] > feed.seq:
            await self.catch_up(feed)

    async def changed(self, room: int) -> None:
        await self.look_at(room)
        self.tell_others(room)

    def tell_others(self, room: int) -> None:
        if self.news is not None:
            self.news.tell({"room": room})

    # Who is there.

    def announce(self, feed: Feed) -> None:
        here = {session.person for session in feed.sessions}
        now = asyncio.get_running_loop().time()
        present = here.union(*(rooms.get(feed.id, set()) for until, rooms in self._elsewhere.values() if until > now))
        for person in sorted(present ^ feed.present):
            for session in feed.sessions:
                if session.person != person:
                    session.tell(type="presence", person=person, present=person in present)
        feed.present = present
        if self.news is not None and here != feed.here:
            feed.here = here
            self.news.tell({"present": {str(feed.id): sorted(here)}})

    def present_elsewhere(self, process: str, rooms: dict[str, list[str]], until: float) -> None:
        known = self._elsewhere.get(process, (0.0, {}))[1]
        self._elsewhere[process] = until, known
        for room, people in rooms.items():
            if known.get(int(room), set()) != set(people):
                known[int(room)] = set(people)
                self._announce_quietly(int(room))

    def _announce_quietly(self, room: int) -> None:
        """Without telling the other processes, who told us."""
        news, self.news = self.news, None
        if feed := self._feeds.get(room):
            self.announce(feed)
        self.news = news

    def present_here(self) -> dict[str, list[str]]:
        return {str(feed.id): sorted({one.person for one in feed.sessions}) for feed in self._feeds.values()}

    # What is done from time to time.

    async def keep_time(self) -> None:
        """Pings, farewells to those who do not answer, and a look for news that got lost."""
        loop = asyncio.get_running_loop()
        pause = min(SWEEP, self._heartbeat / 2)
        while True:
            await asyncio.sleep(pause)
            for feed in list(self._feeds.values()):
                for session in list(feed.sessions):
                    silent = loop.time() - session.wire.heard_at
                    if silent > 2 * self._heartbeat:
                        session.wire.drop()
                    elif silent > self._heartbeat:
                        session.wire.ping()
                await self.look_at(feed.id)
            self._forget_the_silent(loop.time())

    def _forget_the_silent(self, now: float) -> None:
        for process in [name for name, (until, _) in self._elsewhere.items() if until <= now]:
            _, rooms = self._elsewhere.pop(process)
            for room in rooms:
                self._announce_quietly(room)

    async def stop(self) -> None:
        """Says goodbye to everybody; each connection ends within a second or so."""
        self.stopping = True
        for feed in list(self._feeds.values()):
            for session in list(feed.sessions):
                session.wire.close(AWAY, "going away")
        while self._feeds:  # noqa: ASYNC110  each ends by itself
            await asyncio.sleep(0.02)


class Session:
    """One connection of a person in a room."""

    def __init__(self, hub: Hub, feed: Feed, wire: Wire, person: str) -> None:
        self.wire, self.person = wire, person
        self.seq = feed.seq  # of the last message that was sent here
        self.woken = asyncio.Event()
        self._hub, self._feed = hub, feed
        self._notices: deque[bytes] = deque()  # what is for this connection alone

    def tell(self, **fields: Any) -> None:
        self._notices.append(frame(**fields))
        self.woken.set()
        if len(self._notices) > NOTICES:
            self.wire.close(1008, "you do not read what you are sent")

    async def run(self) -> None:
        tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._send())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self) -> None:
        while True:
            self.woken.clear()
            while self._notices:
                await self.wire.send(self._notices.popleft())
            frames = self._feed.recent_after(self.seq)
            if frames is None:
                store = self._hub.store
                messages = await store.run(store.messages, self._feed.id, self.seq, PAGE)
                frames = [(message.seq, message_frame(message)) for message in messages]
            for seq, data in frames:
                await self.wire.send(data)
                self.seq = seq
            if not frames:
                await self.woken.wait()

    async def _listen(self) -> None:
        while True:
            text = await self.wire.receive()
            try:
                message = self._read(text)
                if wait := self._hub.seconds_to_wait(self.person):
                    raise Refused("too_fast", message["id"], retry_after=wait)
                seq = await self._hub.post(self._feed, self.person, message["id"], message["text"])
                self.tell(type="sent", id=message["id"], seq=seq)
            except Refused as refused:
                self.tell(type="error", **refused.fields)
            except Reused as reused:
                self.tell(type="error", code="id_taken", id=str(reused))
            except Unknown:
                self.wire.close(REMOVED, "you are no member any more")

    @staticmethod
    def _read(text: str) -> dict[str, str]:
        try:
            body = msgspec.json.decode(text)
        except (msgspec.MsgspecError, RecursionError):
            raise Refused("unreadable", None) from None
        named = body.get("id") if isinstance(body, dict) else None
        message_id = named if isinstance(named, str) else None
        if not isinstance(body, dict) or body.get("type") != "send":
            raise Refused("unknown_type", message_id)
        try:
            return rules.message(body)
        except rules.Invalid as invalid:
            raise Refused("invalid", message_id, errors=show_errors(invalid)) from None


class Refused(Exception):
    def __init__(self, code: str, message_id: str | None, **more: Any) -> None:
        super().__init__(code)
        self.fields = {"code": code, "id": message_id, **more}


def show_errors(invalid: rules.Invalid) -> list[dict[str, str]]:
    return [{"field": field, "message": message} for field, message in invalid.errors.items()]
