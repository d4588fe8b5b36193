"""Messages reach everybody once, and those of one sender in the order in which they were sent."""

from collections.abc import Hashable

from backroad.verifier.histories.history import History, Operation, Process
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.wording import count, value


def message_order(
    history: History, *, backfill: bool = True, drained: bool = True, echo: bool = False
) -> Judgement:  # fmt: skip
    """Operations: `send` and `receive` (room, message), `join` and `leave` (room); the process is the client.

    Every message is a different one. `receive` is one delivery, recorded when it arrived. With `backfill`, a client
    that left and joined again must get what was sent meanwhile; without, only what was sent after it last joined. With
    `echo`, also its own. A client that joined never (no `join` recorded) counts as there from the beginning; one that
    left for good is owed nothing.

    Failed if a delivery was doubled, out of the sender's order, or of a message that was refused or never sent; and,
    once all deliveries have `drained`, if a message did not arrive. A message with unknown outcome was sent if anybody
    got it, and then everybody must. It may come late: nothing says when it took effect. Unclear if nobody was owed
    anything, or something may still arrive.
    """
    told, waiting = False, 0
    for room in dict.fromkeys(one.args.get("room") for one in history.operations):
        judge = Room(history, room)
        for client in judge.clients:
            wrong = judge.wrong_delivery(client)
            if wrong is not None:
                return wrong
        for client in judge.clients:
            owed = judge.owed(client, backfill=backfill, echo=echo)
            missing = [one for one in owed if one.arg("message") not in judge.arrived(client)]
            if missing and drained:
                named = ", ".join(value(one.arg("message")) for one in missing[:3]) + (" …" if len(missing) > 3 else "")
                got = f"client {client} without {count(len(missing))} of {count(len(owed))}: {named}"
                return failed("every message delivered to everybody", got, (*judge.presence(client)[-2:], *missing))
            waiting += len(missing)
            told = told or bool(owed)
    expected = "every message delivered once, in the order of its sender"
    if waiting:
        return unclear(expected, f"{count(waiting)} may still arrive")
    if not told:
        return unclear(expected, "nobody was owed a message")
    return passed(expected, expected)


class Room:
    def __init__(self, history: History, room: Hashable) -> None:
        self._history = history
        operations = [one for one in history.operations if one.args.get("room") == room]
        self._sends: dict[Hashable, Operation] = {}
        for one in operations:
            if one.kind == "send" and self._sends.setdefault(one.arg("message"), one) is not one:
                raise ValueError(f"the message {value(one.arg('message'))} was sent twice; send different ones")
        self._receives = [one for one in operations if one.kind == "receive" and one.ok]
        self._presence = [one for one in operations if one.kind in ("join", "leave") and one.possible]
        self._seen = {one.arg("message") for one in self._receives}
        self.clients: list[Process] = list(dict.fromkeys(one.process for one in self._presence + self._receives))

    def deliveries(self, client: Process) -> list[Operation]:
        return [one for one in self._receives if one.process == client]

    def arrived(self, client: Process) -> set[Hashable]:
        return {one.arg("message") for one in self.deliveries(client)}

    def presence(self, client: Process) -> list[Operation]:
        return [one for one in self._presence if one.process == client]

    def wrong_delivery(self, client: Process) -> Judgement | None:
        seen: dict[Hashable, Operation] = {}
        newest: dict[Process, tuple[Operation, Operation]] = {}  # by sender: the message sent last of those received
        for receive in self.deliveries(client):
            message = receive.arg("message")
            send = self._sends.get(message)
            if send is None or not send.possible or send.start > receive.end:
                why = "was refused" if send is not None and not send.possible else "nobody had sent"
                got = f"client {client} got {value(message)}, which {why}"
                return failed("only messages that were sent", got, (*([send] if send else []), receive))
            if message in seen:
                got = f"client {client} got {value(message)} twice"
                return failed("every message delivered once", got, (send, seen[message], receive))
            seen[message] = receive
            last = newest.get(send.process)
            if last is not None and self._sent_before(send, last[0]):
                got = f"client {client} got {value(message)} after {value(last[0].arg('message'))}"
                expected = "messages of one sender in the order in which they were sent"
                return failed(expected, got, (send, last[0], last[1], receive))
            if last is None or send.start > last[0].start:
                newest[send.process] = send, receive
        return None

    def _sent_before(self, one: Operation, other: Operation) -> bool:
        """By the same client. One that got no answer may have taken effect later than its successor."""
        return one.start < other.start if one.ok else self._history.before(one, other)

    def owed(self, client: Process, *, backfill: bool, echo: bool) -> list[Operation]:
        """Messages that were certainly sent while, or with `backfill` since, the client was there."""
        since = float("-inf")
        presence = self.presence(client)
        joins = [one for one in presence if one.kind == "join" and one.ok]
        if presence:
            if not joins or presence[-1] is not joins[-1]:
                return []
            since = joins[0 if backfill else -1].end
        return [
            one
            for message, one in self._sends.items()
            if (one.ok or (one.possible and message in self._seen))
            and one.start > since
            and (echo or one.process != client)
        ]
