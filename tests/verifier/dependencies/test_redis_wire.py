import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.verifier.dependencies.redis_commands import encode
from backroad.verifier.dependencies.redis_wire import Command, RedisWire
from backroad.verifier.dependencies.watching import Plan, Watch
from tests.verifier.dependencies.recorder import CUTS, Recorder, feed_client, feed_server, pieces


def command(*words: str) -> bytes:
    return encode(*(word.encode() for word in words))


class Session:
    def __init__(self, plan: Plan[Command] | None = None, *, only: int | None = None) -> None:
        self.watch: Watch[Command] = Watch()
        if plan is not None:
            self.watch.plan(plan)
        self.ends = Recorder()
        self.wire = RedisWire(self.ends, self.watch, only=only)

    def names(self) -> list[bytes]:
        return re.findall(rb"BACKROAD-[0-9a-f]{24}-\d+-", self.ends.server)

    def unknown(self, at: int = -1) -> bytes:
        return b"-ERR unknown command '%b', with args beginning with: \r\n" % self.names()[at]


def failing(nth: int = 1, *, how: str = "answer", matching: str | None = None) -> Plan[Command]:
    return Plan(nth, 1, matching, error="OOM planned", message="", how=how)


def listed(session: Session, *commands: bytes) -> list[str]:
    with session.watch.counting() as seen:
        for data in commands:
            session.wire.from_client(data)
    return [one.text for one in seen.everything if one.work]


def test_commands_are_listed_by_name_and_key():
    commands = [
        command("get", "a"),
        command("SET", "b", "x" * 100_000),
        command("EVAL", "return 1", "1", "c"),
        b"TIME\r\n",
    ]
    session = Session()
    assert listed(session, *commands) == ["GET a", "SET b", "EVAL c", "TIME"]
    assert session.ends.server == b"".join(commands)


def test_secrets_and_drivers_own_commands_are_not_listed():
    session = Session()
    everything = [command("AUTH", "secret"), command("HELLO", "3", "AUTH", "me", "secret"), command("SELECT", "1")]
    with session.watch.counting() as seen:
        feed_client(session.wire, everything)
    assert seen.count == 0
    assert "secret" not in repr(seen.everything)


def test_a_failing_command_is_replaced_and_its_error_rewritten():
    session = Session(failing(2))
    feed_client(session.wire, [command("GET", "a") + command("SET", "b", "x" * 200_000) + command("GET", "c")])
    assert session.ends.server == command("GET", "a") + encode(session.names()[0]) + command("GET", "c")
    session.wire.from_server(b"$1\r\na\r\n" + session.unknown() + b"$1\r\nc\r\n")
    assert session.ends.client == b"$1\r\na\r\n-OOM planned\r\n$1\r\nc\r\n"


def test_a_failing_exec_ends_its_transaction():
    session = Session(failing(matching="^EXEC"))
    feed_client(session.wire, [command("MULTI") + command("INCR", "a") + command("EXEC")])
    assert session.ends.server.endswith(encode(session.names()[0]) + command("EXEC"))
    session.wire.from_server(b"+OK\r\n+QUEUED\r\n" + session.unknown() + b"-EXECABORT Transaction discarded\r\n")
    assert session.ends.client == b"+OK\r\n+QUEUED\r\n-EXECABORT Transaction discarded\r\n"


def test_losing_before_and_after():
    session = Session(failing(how="before"))
    session.wire.from_client(command("INCR", "a"))
    assert (session.ends.server, session.ends.ended) == (b"", "reset")
    session = Session(failing(how="after"))
    session.wire.from_client(command("INCR", "a"))
    session.wire.from_server(b":1\r\n")
    assert session.ends.ended == ""
    session.wire.from_server(session.unknown())
    assert (session.ends.client, session.ends.ended) == (b"", "hung up")


@pytest.mark.parametrize(
    "words",
    [("FLUSHALL",), ("CONFIG", "SET", "dir", "/"), ("SELECT", "0"), ("GET", "a"), ("SHUTDOWN",), ("SWAPDB", "0", "5")],
)
def test_a_lent_server_is_guarded(words: tuple[str, ...]):
    session = Session(only=5)
    session.wire.from_client(command(*words))
    assert session.ends.server == encode(session.names()[0])
    session.wire.from_server(session.unknown())
    assert session.ends.client.startswith(b"-ERR Backroad lends database 5 ")


def test_a_lent_database_may_be_used():
    session = Session(only=5)
    commands = [command("PING"), command("SELECT", "5"), command("GET", "a"), command("FLUSHDB")]
    feed_client(session.wire, commands)
    assert session.ends.server == b"".join(commands)


WORDS = st.lists(st.sampled_from(["GET", "SET", "EVAL", "a", "", "x" * 3000, "ä", "MULTI"]), min_size=1, max_size=6)
CLIENT = st.lists(
    st.one_of(WORDS.map(lambda words: command(*words)), st.sampled_from([b"PING\r\n", b"\r\n", b"*0\r\n", b"GET a\n"])),
    max_size=12,
).map(b"".join)


def passed(data: bytes, cuts: list[int], nth: int) -> tuple[bytes, list[str]]:
    session = Session(failing(nth))
    with session.watch.counting() as seen:
        feed_client(session.wire, pieces(data, cuts))
    return re.sub(rb"[0-9a-f]{24}", b"nonce", session.ends.server), [one.text for one in seen.everything]


@settings(max_examples=80, deadline=None)
@given(CLIENT, CUTS, st.integers(1, 4))
def test_any_split_of_the_clients_bytes_gives_the_same(data: bytes, cuts: list[int], nth: int):
    assert passed(data, cuts, nth) == passed(data, [], nth)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=300), st.tuples(CLIENT, st.binary(max_size=40)).map(b"".join)), CUTS, st.binary())
def test_whatever_comes_is_passed_on(data: bytes, cuts: list[int], answer: bytes):
    session = Session()
    feed_client(session.wire, pieces(data, cuts))
    feed_server(session.wire, pieces(answer, cuts))
    assert session.ends.server == data
    assert session.ends.client == answer


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.sampled_from([b"+OK\r\n", b"-ERR x\r\n", b"$3\r\n-ab\r\n", b"$-1\r\n"]), max_size=6),
    CUTS,
    st.integers(0, 5),
)
def test_a_rewritten_error_survives_any_split(answers: list[bytes], cuts: list[int], at: int):
    session = Session(failing())
    session.wire.from_client(command("GET", "a"))
    shown = [*answers[:at], b"-OOM planned\r\n", *answers[at:]]
    feed_server(session.wire, pieces(b"".join([*answers[:at], session.unknown(), *answers[at:]]), cuts))
    assert session.ends.client == b"".join(shown)
