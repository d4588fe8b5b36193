import re
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.verifier.dependencies.postgres_frames import MAX_HELD, FrameReader, error_response, message
from backroad.verifier.dependencies.postgres_wire import BACKEND, FRONTEND, PostgresWire, Statement
from backroad.verifier.dependencies.watching import Plan, Watch
from tests.verifier.dependencies.recorder import CUTS, Recorder, feed_client, feed_server, pieces

STARTUP = struct.pack("!II", 8 + 15, 196608) + b"user\0me\0\0\0\0\0\0\0\0"
SSL_REQUEST = struct.pack("!II", 8, 80877103)
SYNC = message(b"S", b"")
READY = message(b"Z", b"I")
IN_BLOCK = message(b"Z", b"T")
ABORTED = message(b"Z", b"E")


def query(text: str) -> bytes:
    return message(b"Q", text.encode() + b"\0")


def prepare(name: str, text: str) -> bytes:
    return message(b"P", f"{name}\0{text}\0".encode() + b"\0\0")


def execute(name: str, *, portal: str = "", parameter: bytes = b"1") -> bytes:
    bound = struct.pack("!HHI", 0, 1, len(parameter)) + parameter + struct.pack("!H", 0)
    bind = message(b"B", f"{portal}\0{name}\0".encode() + bound)
    return bind + message(b"D", f"P{portal}\0".encode()) + message(b"E", f"{portal}\0".encode() + bytes(4))


def done(tag: str) -> bytes:
    return message(b"C", tag.encode() + b"\0")


class Session:
    def __init__(self, plan: Plan[Statement] | None = None) -> None:
        self.watch: Watch[Statement] = Watch()
        if plan is not None:
            self.watch.plan(plan)
        self.ends = Recorder()
        self.wire = PostgresWire(self.ends, self.watch)

    def client(self, *messages: bytes) -> None:
        for data in messages:
            self.wire.from_client(data)

    def server(self, *messages: bytes) -> None:
        for data in messages:
            self.wire.from_server(data)

    def started(self) -> "Session":
        self.client(STARTUP)
        self.server(message(b"R", bytes(4)) + READY)
        self.ends.server = self.ends.client = b""
        return self


def failing(nth: int = 1, sqlstate: str = "40001", *, how: str = "answer", matching: str | None = None, times: int = 1):
    return Plan[Statement](nth, times, matching, error=sqlstate, message="planned", how=how)


def listed(session: Session, *messages: bytes) -> list[Statement]:
    with session.watch.counting() as seen:
        session.client(*messages)
    return seen.everything


def test_simple_and_extended_statements_are_listed_with_their_text():
    session = Session().started()
    seen = listed(session, query("SELECT 1 AS one"), prepare("s1", "INSERT INTO t VALUES ($1)"), execute("s1"), SYNC)
    seen += listed(session, execute("s1"), SYNC, prepare("", "SELECT 2 AS two"), execute(""), SYNC)
    inserts = ["INSERT INTO t VALUES ($1)"] * 2
    assert [statement.text for statement in seen] == ["SELECT 1 AS one", *inserts, "SELECT 2 AS two"]


def test_more_rows_of_one_portal_are_no_new_statement():
    session = Session().started()
    more = message(b"E", b"p\0" + struct.pack("!I", 10))
    seen = listed(session, prepare("s", "SELECT x FROM t"), execute("s", portal="p"), more, more, SYNC)
    assert len(seen) == 1


def test_parameters_are_not_kept():
    session = Session().started()
    seen = listed(session, prepare("s", "SELECT x WHERE y = $1"), execute("s", parameter=b"secret"), SYNC)
    assert "secret" not in repr(seen)


def test_what_drivers_send_for_themselves_is_no_work():
    session = Session().started()
    texts = [
        "BEGIN", "COMMIT;", "ROLLBACK", "SAVEPOINT a", "RELEASE a", "SET x = 1", "SHOW x", "SELECT 1",
        "select version()", "-- ping\n", "/* who */ BEGIN", "DISCARD ALL", "SELECT t.oid FROM pg_catalog.pg_type t", "",
    ]  # fmt: skip
    assert not [statement.text for statement in listed(session, *map(query, texts)) if statement.work]
    work = ["SELECT 1 FROM t", "select * from settings", "-- why\nUPDATE t SET x=1", "BEGIN; DELETE FROM t; COMMIT"]
    assert all(statement.work for statement in listed(session, *map(query, work)))


def test_statements_of_one_transaction_carry_one_number():
    session = Session().started()
    numbers = []
    for text, state in [("SELECT a", READY), ("BEGIN", IN_BLOCK), ("SELECT b", IN_BLOCK), ("COMMIT", READY)]:
        numbers += [statement.transaction for statement in listed(session, query(text))]
        session.server(done("X") + state)
    numbers += [statement.transaction for statement in listed(session, query("SELECT c"))]
    assert numbers == [1, 2, 2, 2, 3]


def test_encryption_is_refused_and_the_server_does_not_hear_of_it():
    session = Session()
    session.client(SSL_REQUEST + SSL_REQUEST, STARTUP + query("SELECT 1"))
    assert session.ends.client == b"NN"
    assert session.ends.server == STARTUP + query("SELECT 1")


def nonce(session: Session) -> bytes:
    found = re.search(rb"backroad_[0-9a-f]{24}_\d+_", session.ends.server)
    assert found is not None
    return found[0]


def refused(session: Session) -> bytes:
    return error_response("26000", f'prepared statement "{nonce(session).decode()}" does not exist')


def test_a_failing_statement_is_replaced_and_its_error_rewritten():
    session = Session(failing(2)).started()
    session.client(query("SELECT a"), query("SELECT b"), query("SELECT c"))
    name = nonce(session)
    assert session.ends.server == query("SELECT a") + query(f"EXECUTE {name.decode()}") + query("SELECT c")
    session.server(done("SELECT 1") + READY + refused(session) + READY)
    assert session.ends.client == done("SELECT 1") + READY + error_response("40001", "planned") + READY


def test_a_failing_execute_names_a_portal_that_does_not_exist():
    session = Session(failing()).started()
    batch = prepare("", "SELECT a") + execute("") + SYNC
    session.client(batch)
    name = nonce(session)
    assert session.ends.server == batch.replace(message(b"E", bytes(5)), message(b"E", name + bytes(5)))


def test_errors_of_the_server_itself_pass():
    session = Session(failing(5)).started()
    session.client(query("SELEC"))
    session.server(error_response("42601", "syntax error") + READY)
    assert session.ends.client == error_response("42601", "syntax error") + READY


def test_a_commit_that_fails_ends_the_transaction():
    session = Session(failing(matching="^commit")).started()
    session.client(query("BEGIN"))
    session.server(done("BEGIN") + IN_BLOCK)
    session.client(query("COMMIT"))
    assert b"ROLLBACK; EXECUTE backroad_" in session.ends.server
    session.server(done("ROLLBACK") + refused(session) + READY)
    assert session.ends.client == done("BEGIN") + IN_BLOCK + error_response("40001", "planned") + READY


def test_a_fatal_error_ends_the_connection():
    session = Session(failing(sqlstate="57P01")).started()
    session.client(query("SELECT a"))
    session.server(refused(session) + READY)
    assert session.ends.client == error_response("57P01", "planned", "FATAL")
    assert session.ends.ended == "hung up"


def test_nothing_fails_in_an_aborted_transaction_and_no_rollback_fails():
    session = Session().started()
    session.client(query("BEGIN"), query("SELEC"))
    session.server(done("BEGIN") + IN_BLOCK + error_response("42601", "syntax error") + ABORTED)
    planned = session.watch.plan(failing(matching=""))
    session.client(query("SELECT a"), query("ROLLBACK"))
    assert not planned.done


def test_losing_before_and_after():
    session = Session(failing(how="before")).started()
    session.client(query("UPDATE t SET x=1"))
    assert (session.ends.server, session.ends.ended) == (b"", "reset")
    session = Session(failing(how="after")).started()
    session.client(query("UPDATE t SET x=1"))
    assert session.ends.server == query("UPDATE t SET x=1")
    session.server(done("UPDATE 1"))
    assert (session.ends.client, session.ends.ended) == (b"", "")
    session.server(READY)
    assert (session.ends.client, session.ends.ended) == (b"", "hung up")


def test_losing_a_statement_whose_client_waits_before_its_sync():
    session = Session(failing(how="after")).started()
    session.client(prepare("", "UPDATE t SET x=1"), execute(""), message(b"H", b""))
    assert session.ends.server.endswith(SYNC)
    session.server(done("UPDATE 1") + READY)
    assert (session.ends.client, session.ends.ended) == (b"", "hung up")


def test_after_an_extended_copy_the_cycles_are_still_in_step():
    """The server ignores the Sync that comes before the data; a plan after that still hits its own statement."""
    session = Session().started()
    session.client(prepare("", "COPY t FROM STDIN"), execute(""), SYNC)
    session.server(message(b"1", b"") + message(b"2", b"") + message(b"G", bytes(3)))
    session.client(message(b"d", b"1\n"), message(b"c", b""), SYNC)
    session.server(done("COPY 1") + READY)
    session.watch.plan(failing(how="after"))
    session.client(query("UPDATE t SET x=1"))
    session.server(done("UPDATE 1"))
    assert done("UPDATE 1") not in session.ends.client
    session.server(READY)
    assert session.ends.ended == "hung up"


TEXTS = st.sampled_from(["SELECT a", "BEGIN", "COMMIT", "UPDATE t SET x = 'ä;'", "", "SELECT " + "x" * 5000])
CLIENT = st.lists(
    st.one_of(
        TEXTS.map(query),
        TEXTS.map(lambda text: prepare("s", text) + execute("s") + SYNC),
        st.sampled_from([SYNC, message(b"H", b""), message(b"X", b""), message(b"c", b""), execute("unknown")]),
        st.binary(max_size=300).map(lambda data: message(b"d", data)),
    ),
    max_size=12,
).map(lambda parts: STARTUP + b"".join(parts))
SERVER = st.lists(
    st.one_of(
        st.sampled_from([READY, IN_BLOCK, ABORTED, done("SELECT 1"), message(b"G", bytes(3)), message(b"1", b"")]),
        st.binary(max_size=300).map(lambda data: message(b"D", data)),
        st.just(error_response("42601", "syntax error")),
    ),
    max_size=20,
).map(b"".join)


def passed(data: bytes, cuts: list[int], nth: int) -> tuple[bytes, str, list[tuple[str, int, bool]]]:
    session = Session(failing(nth))
    with session.watch.counting() as seen:
        feed_client(session.wire, pieces(data, cuts))
    server = re.sub(rb"[0-9a-f]{24}", b"nonce", session.ends.server)
    return server, session.ends.ended, [(one.text, one.transaction, one.work) for one in seen.everything]


@settings(max_examples=60, deadline=None)
@given(CLIENT, CUTS, st.integers(1, 4))
def test_any_split_of_the_clients_bytes_gives_the_same(data: bytes, cuts: list[int], nth: int):
    assert passed(data, cuts, nth) == passed(data, [], nth)


def test_byte_by_byte_gives_the_same():
    batch = prepare("s", "SELECT a") + execute("s") + execute("s") + SYNC
    data = STARTUP + query("BEGIN") + batch + query("COMMIT") + message(b"d", b"copied") + message(b"X", b"")
    for nth in (1, 2):
        assert passed(data, list(range(len(data))), nth) == passed(data, [], nth)


@settings(max_examples=60, deadline=None)
@given(SERVER, CUTS)
def test_any_split_of_the_servers_bytes_gives_the_same(data: bytes, cuts: list[int]):
    session = Session()
    session.client(STARTUP)
    feed_server(session.wire, pieces(data, cuts))
    assert session.ends.client == data


@settings(max_examples=50, deadline=None)
@given(CUTS)
def test_a_rewritten_error_survives_any_split(cuts: list[int]):
    session = Session(failing()).started()
    session.client(query("SELECT a"))
    feed_server(session.wire, pieces(done("BEGIN") + refused(session) + READY, cuts))
    assert session.ends.client == done("BEGIN") + error_response("40001", "planned") + READY


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=400), st.tuples(CLIENT, st.binary(max_size=50)).map(b"".join)), CUTS, st.binary())
def test_whatever_comes_is_passed_on(data: bytes, cuts: list[int], answer: bytes):
    session = Session()
    feed_client(session.wire, pieces(data, cuts))
    feed_server(session.wire, pieces(answer, cuts))
    assert session.ends.server == data
    assert session.ends.client == answer


@settings(max_examples=60, deadline=None)
@given(CLIENT, st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=5), CUTS)
def test_a_damaged_session_is_passed_on(data: bytes, damages: list[tuple[int, int]], cuts: list[int]):
    damaged = bytearray(data)
    for place, byte in damages:
        damaged[place % len(damaged)] = byte
    session = Session()
    feed_client(session.wire, pieces(bytes(damaged), cuts))
    assert session.ends.server == bytes(damaged)


def test_a_message_too_long_to_hold_is_passed_on_and_listed_by_its_beginning():
    session = Session(failing()).started()
    long = query("SELECT '" + "x" * (MAX_HELD + 100_000) + "'")
    seen = listed(session, *pieces(long, range(0, len(long), 60_000)), query("SELECT b"))
    assert [statement.text[:10] for statement in seen] == ["SELECT 'xx", "SELECT b"]
    assert len(seen[0].text) == 4096
    assert session.ends.server.startswith(long)
    assert b"EXECUTE" in session.ends.server  # the one after it failed instead


def test_unwanted_messages_are_not_held():
    reader = FrameReader(BACKEND, b"Z")
    row = message(b"D", bytes(1 << 20))
    assert b"".join(part.data for part in reader.feed(row[:1000])) == row[:1000]
    assert FrameReader(FRONTEND, b"Q").feed(b"\x16\x03\x01\x00\x05")[0].data == b"\x16\x03\x01\x00\x05"
