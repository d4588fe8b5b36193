"""How the checks use a chat. See `backroad.verifier.driver` and `backroad.verifier.drivers.realtime` for the hooks."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Collection, Person, Thing
from backroad.verifier.drivers.realtime import Acked, Heard, Presence, Realtime, Refused, Told, Welcome
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt


class Driver(Realtime):
    collection = Collection(
        path="/rooms", text="topic", unique="name", wrong={"name": "No Name!", "topic": 42}, body_limit=65_536
    )
    heartbeat = {"HEARTBEAT_SECONDS": "1"}

    def __init__(self, bench: Any) -> None:
        super().__init__(bench)
        self._ids: dict[str, str] = {}  # token -> id

    async def person(self) -> Person:
        answer = await self.bench.client().post("/people", json={"name": self.bench.word("person-")})
        body = answer.json() if answer.status in (200, 201) else {}
        token, person = body.get("token"), body.get("id")
        if not isinstance(token, str) or not isinstance(person, str) or not token or not person:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a token and an id from POST /people", got=got, exchanges=(answer.exchange,))
        self._ids[token] = person
        headers = {"Authorization": f"Bearer {token}"}
        return Person(client=self.bench.client(headers), credentials=headers, secret=token)

    def name_of(self, person: Person) -> str:
        return self._ids[person.secret]

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word("room-")
        body = {"name": word, "topic": f"About {word}"}
        return {name: value for name, value in {**body, **fields}.items() if value is not ...}

    def path_of(self, answer: Answer) -> str:
        return self.room_path(expect.field(answer, "name", type=str))

    def path_of_item(self, item: dict[str, Any]) -> str:
        return self.room_path(str(item.get("name")))

    @staticmethod
    def room_path(name: str) -> str:
        return f"/rooms/{quote(name, safe='')}"

    def private(self) -> list[Request]:
        room = self.room_path(self.bench.word("room-"))
        return [
            Request("POST", "/tickets"),
            Request("GET", "/rooms"),
            Request("POST", "/rooms", json=self.draft()),
            Request("GET", room),
            Request("PATCH", room, json={"topic": "Mine"}),
            Request("DELETE", room),
            Request("GET", f"{room}/members"),
            Request("PUT", f"{room}/members/somebody"),
            Request("GET", f"{room}/messages"),
        ]

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        token = person.secret
        return {
            "an unknown token": {"Authorization": f"Bearer {token[::-1]}"},
            "a token without its last character": {"Authorization": f"Bearer {token[:-1]}"},
            "a token under another scheme": {"Authorization": f"Basic {token}"},
            "a scheme without a token": {"Authorization": "Bearer "},
            "an injection": {"Authorization": "Bearer ' OR '1'='1"},
        }

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        room = self.room_path(self.bench.word("room-"))
        return {
            "/healthz": ("GET",),
            "/people": ("POST",),
            "/tickets": ("POST",),
            "/rooms": ("GET", "POST"),
            room: ("GET", "PATCH", "DELETE"),
            f"{room}/members": ("GET",),
            f"{room}/messages": ("GET",),
        }

    def read_only(self, other: Person) -> Mapping[str, Any]:
        return {
            "owner": self.name_of(other),
            "last_seq": 1_000_000,
            "created_at": "2001-02-03T04:05:06.000Z",
        }

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        path = quote(text, safe="")
        return {
            "the name of a room": person.request("GET", f"/rooms/{path}"),
            "the name of a room to delete": person.request("DELETE", f"/rooms/{path}"),
            "the name of a room with messages": person.request("GET", f"/rooms/{path}/messages"),
            "a cursor": person.request("GET", "/rooms", query={"cursor": text}),
            "a limit": person.request("GET", "/rooms", query={"limit": text}),
            "a new name": person.request("POST", "/rooms", json=self.draft(name=text)),
            "a token": Request("GET", "/rooms", headers={"Authorization": f"Bearer {text}"}),
        }

    # Real time.

    async def room(self, *people: Person) -> str:
        owner, *others = people
        thing = await self.create(owner)
        for other in others:
            expect.status(await owner.client.put(f"{thing.path}/members/{self.name_of(other)}"), (200, 201, 204))
        return str(thing.fields["name"])

    def seat_path(self, room: str) -> str:
        return f"{self.room_path(room)}/socket"

    def backfill(self, seq: int) -> Mapping[str, Any]:
        return {"after": seq}

    def saying(self, id: str, text: str) -> Any:  # noqa: A002
        return {"type": "send", "id": id, "text": text}

    def told(self, message: Any) -> Told:
        match message["type"]:
            case "message":
                return Heard(int(message["seq"]), message["id"], message["text"], message["person"])
            case "sent":
                return Acked(message["id"], int(message["seq"]))
            case "error":
                return Refused(message["id"], message["code"])
            case "presence":
                return Presence(message["person"], bool(message["present"]))
            case "welcome":
                return Welcome()
        raise ValueError(message)

    def nonsense(self) -> Mapping[str, str]:
        return {
            "a text that is no JSON": "hello",
            "half of an object": '{"type": "send", "id": "a"',
            "nothing": "",
            "a number": "42",
            "null": "null",
            "a list": "[]",
            "an object without a type": '{"id": "a", "text": "b"}',
            "a type that does not exist": '{"type": "shout", "id": "a", "text": "b"}',
            "a type that is a list": '{"type": ["send"], "id": "a", "text": "b"}',
            "a message without a text": '{"type": "send", "id": "a"}',
            "a text that is a number": '{"type": "send", "id": "a", "text": 1}',
            "an id that is an object": '{"type": "send", "id": {}, "text": "b"}',
            "brackets, 5,000 deep": "[" * 5000,
        }

    async def welcome(self, room: str, person: Person, query: str = "") -> dict[str, Any]:
        """What a new connection is told first."""
        socket = await self.bench.websocket(self.seat_path(room) + query, headers=person.credentials)
        message = await socket.receive()
        shown = message.json() if message.text else None
        if not isinstance(shown, dict) or shown.get("type") != "welcome":
            raise socket.failed("a welcome as the first message", excerpt(message.text or "a binary message"))
        return shown

    async def history(self, room: str, person: Person, after: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """The messages that the room has kept."""
        query = {"after": after, "limit": limit}
        answer = await person.client.get(f"{self.room_path(room)}/messages", query=query)
        return list(expect.field(expect.status(answer, 200), "items", type=list))

    async def fill(self, person: Person, count: int) -> list[Thing]:
        return [await self.create(person) for _ in range(count)]

    def probes(self, person: Person, things: list[Thing]) -> Mapping[str, Callable[[], Request]]:
        return {
            "lookup": lambda: person.request("GET", self.bench.random.choice(things).path),
            "page": lambda: person.request("GET", "/rooms"),
            "write": lambda: person.request("POST", "/rooms", json=self.draft()),
        }
