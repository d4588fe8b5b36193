"""Prices over a WebSocket."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, plain, problem, read_json
from backroad.drills.http_server.scenario import Resources, Scenario, to
from backroad.drills.http_server.wire import accept_of

ORIGIN = "https://app.example.com"
PROTOCOL = "prices.v1"


class Websocket(Scenario):
    """Lenient where many servers are: it does not look into the key, and takes who names no subprotocol."""

    name: ClassVar[str] = "websocket"
    goals: ClassVar[dict[str, str]] = {
        "switched": "The connection becomes a WebSocket: `101`.",
        "key": "The key is 16 bytes in base64.",
        "subprotocol": f"The subprotocol `{PROTOCOL}` is agreed on.",
        "subscribed": "A text message subscribes to `EURUSD`, and is answered with its price.",
    }

    def resources(self) -> Resources:
        return {"/prices": {"GET": self.handshake}}

    def handshake(self, request: Request) -> Reply:
        if request.header("Upgrade").lower() != "websocket" or "upgrade" not in request.header("Connection").lower():
            return plain(426, "Speak WebSocket.", Upgrade="websocket", Connection="Upgrade")
        if request.header("Sec-WebSocket-Version") != "13":
            return plain(426, "Speak version 13.", Upgrade="websocket", Sec_WebSocket_Version="13")
        if request.header("Origin") != ORIGIN:
            return problem(403, "This origin is not let in.")
        key = request.header("Sec-WebSocket-Key")
        if not key:
            return problem(400, "There is no Sec-WebSocket-Key.")
        headers = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Accept": accept_of(key)}
        if PROTOCOL in (name.strip() for name in request.header("Sec-WebSocket-Protocol").split(",")):
            headers["Sec_WebSocket_Protocol"] = PROTOCOL
        return plain(101, **headers)

    def message(self, text: str) -> list[str]:
        asked = read_json(text.encode())
        if asked == {"subscribe": "EURUSD"}:
            return [json.dumps({"symbol": "EURUSD", "price": f"1.08{int(self.drawn('price', 3), 16)}"})]
        return [json.dumps({"error": 'Send {"subscribe": "EURUSD"}.'})]

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        switched = to(seen, "GET", "/prices", 101)
        if not switched:
            refused = to(seen, "GET", "/prices")
            why = f"`GET /prices` got `{refused[-1].status}`." if refused else "`/prices` was not asked for."
            return dict.fromkeys(cls.goals, why)
        missed = {}
        if not all(_is_key(one.request.header("Sec-WebSocket-Key")) for one in switched):
            missed["key"] = "`Sec-WebSocket-Key` does not decode to 16 bytes."
        if not any(one.reply.header("Sec-WebSocket-Protocol") for one in switched):
            missed["subprotocol"] = "The server was offered no subprotocol that it knows, and agreed on none."
        heard = [frame.text for one in switched for frame in one.frames if not frame.from_client]
        if not any('"price"' in text for text in heard):
            missed["subscribed"] = "No price came: the message was not understood." if heard else "No message was sent."
        return missed


def _is_key(key: str) -> bool:
    try:
        return len(base64.b64decode(key, validate=True)) == 16
    except (binascii.Error, ValueError):
        return False
