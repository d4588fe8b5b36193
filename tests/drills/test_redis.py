"""Redis drills: what is judged, what is said, and what cannot do harm; on the embedded server and on a real one."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import redis

from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds.redis import Redis
from backroad.drills.load import load_drills
from backroad.drills.model import Feedback, Result, show
from backroad.kit.errors import Problem
from backroad.verifier.dependencies.sources import Unavailable, find_server_now
from tests.drills import samples

pytestmark = pytest.mark.slow  # each answer runs in a process of its own

CONFIGURED = dict(os.environ)
TOML = samples.REDIS_TOML
MOVE = """
[[drill]]
id = "move"
kind = "redis"
seconds = 120
prompt = "Read a, then move 30 to b, unless a changed."
why = "Watched."
setup = '''
SET a 100
SET b 1
'''
others = ["# meanwhile\\nSET a 10", "# meanwhile\\nINCR b"]
check = "MGET a b"
answer = '''
WATCH a
GET a
MULTI
DECRBY a 30
INCRBY b 30
EXEC
'''
output = '''
1) "70"
2) "31"
'''
wrong = [{answer = "GET a\\nMULTI\\nDECRBY a 30\\nINCRBY b 30\\nEXEC", why = "It does not look again."}]
"""


def one(folder: Path, toml: str) -> Redis:
    (found,) = load_drills(samples.write_skill(folder, "area.one", drills=toml))
    assert isinstance(found, Redis)
    return found


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Of a real server: one of ours, unless one is configured."""
    try:
        server = find_server_now("redis", CONFIGURED)
    except Unavailable as unavailable:
        pytest.skip(str(unavailable))
    yield server.url
    server.end()


@pytest.fixture(params=["embedded", pytest.param("real", marks=pytest.mark.slow)])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every test that asks for it runs on both."""
    monkeypatch.delenv("BACKROAD_DRILL_REDIS_URL", raising=False)
    if request.param == "real":
        monkeypatch.setenv("BACKROAD_DRILL_REDIS_URL", request.getfixturevalue("url"))
    return str(request.param)


@pytest.fixture(scope="module")
def lock(tmp_path_factory: pytest.TempPathFactory) -> Redis:
    return one(tmp_path_factory.mktemp("redis"), TOML)


@pytest.fixture(scope="module")
def move(tmp_path_factory: pytest.TempPathFactory) -> Redis:
    return one(tmp_path_factory.mktemp("move"), MOVE)


def first(result: Result) -> Feedback:
    assert result.outcome == "failed", result
    return result.feedback[0]


def replies(drill: Redis, commands: str, setup: str = "SET s text") -> str:
    """Of a drill without a check: what the commands are answered, as redis-cli shows it."""
    free = msgspec.structs.replace(drill, setup=setup, others=(), check="", returns=False, answer="PING", wrong=())
    return grade(free, commands).printed


def test_the_key_passes_and_shows_its_replies(lock: Redis, engine: str) -> None:
    result = grade(lock, {"text": lock.answer})
    assert (result.outcome, result.score, result.printed) == ("passed", 1, "> SET lock me NX EX 30\nOK")
    table = result.feedback[0].got
    assert table
    assert table.columns == ("command", "reply")
    assert table.rows == (("GET lock", '"me"'), ("TTL lock", "(integer) 30"), ("GET lock", "(nil)"))


@pytest.mark.parametrize("commands", ["set lock me nx px 30000", "# mine\nSET 'lock' \"me\" EX 30 NX"])
def test_another_way_to_the_same_passes(lock: Redis, engine: str, commands: str) -> None:
    assert grade(lock, commands).outcome == "passed"


def test_a_known_mistake_is_recognised_by_what_it_does(lock: Redis, engine: str) -> None:
    (shown,) = grade(lock, "SET lock me NX").feedback
    assert shown.why == "Afterwards `TTL lock` gives something else, and one more."
    assert shown.got
    assert shown.got.marked == (1, 2)
    why, here, there = grade(lock, "SET lock me PX 30000").feedback
    assert why.why == "It takes what another one holds."
    assert (here.ok, there.ok) == (True, False)


def test_an_answer_that_is_right_only_here_fails_on_other_data(lock: Redis) -> None:
    *_, here, there = grade(lock, "DEL lock\nSET lock me NX EX 30").feedback
    assert [(part.text, part.ok) for part in (here, there)] == [("On the data shown", True), ("On other data", False)]
    assert there.why == "Afterwards `GET lock` gives something else, and one more."


def test_with_returns_the_reply_counts_too(lock: Redis) -> None:
    found = first(grade(lock, "SET lock me NX EX 30\nTTL lock"))
    assert found.why == "What is stored is right. What your last line gives is not."


def test_what_another_client_does_meanwhile_is_seen_by_a_watch(move: Redis, engine: str) -> None:
    assert grade(move, move.answer).outcome == "passed"
    assert grade(move, "MULTI\nDECRBY a 30\nINCRBY b 30\nEXEC").feedback[0].why == "It does not look again."


TRANSCRIPTS = [
    ("INCR s", "(error) ERR value is not an integer or out of range"),
    ("LPUSH s x", "(error) WRONGTYPE Operation against a key holding the wrong kind of value"),
    ("EXEC", "(error) ERR EXEC without MULTI"),
    ("LRANGE none 0 -1", "(empty array)"),
    ("TYPE s", "string"),
    ('SET s "\\xff\\"é\\n"\nGET s', '"\\xff\\"é\\n"'),
    ("RPUSH l a b\nLRANGE l 0 -1", '1) "a"\n2) "b"'),
    ("SADD t c a b\nSMEMBERS t", '1) "a"\n2) "b"\n3) "c"'),
    ("HSET h y 2 x 1\nHGETALL h", '1) "x"\n2) "1"\n3) "y"\n4) "2"'),
    ("SET t x\nKEYS *", '1) "s"\n2) "t"'),
    ("ZADD z 1.5 a 2 b\nZRANGE z 0 -1 REV WITHSCORES", '1) "b"\n2) "2"\n3) "a"\n4) "1.5"'),
    ("MULTI\nSADD t b a\nSMEMBERS t\nINCR s\nEXEC", '1) (integer) 2\n2) 1) "a"\n   2) "b"\n3) (error) ERR value'),
    ("XADD q * f v", '"(an id made of the time)"'),
    (
        "XADD q 1-0 f v\nXGROUP CREATE q g 0\nXREADGROUP GROUP g c STREAMS q >\nXPENDING q g",
        '1) (integer) 1\n2) "1-0"\n3) "1-0"\n4) 1) 1) "c"\n      2) "1"',
    ),
    ("XADD q 1-0 f v\nXREAD STREAMS q 0", '1) 1) "q"\n   2) 1) 1) "1-0"\n         2) 1) "f"\n            2) "v"'),
    ("SETBIT b 7 1\nBITCOUNT b", "(integer) 1"),
    ("PFADD p a b\nPFCOUNT p", "(integer) 2"),
]


@pytest.mark.parametrize(("commands", "last"), TRANSCRIPTS)
def test_replies_are_shown_as_redis_cli_shows_them(lock: Redis, engine: str, commands: str, last: str) -> None:
    command = commands.split("\n")[-1]
    assert replies(lock, commands).rpartition(f"> {command}\n")[2].startswith(last)


def test_time_passes_without_waiting(lock: Redis, engine: str) -> None:
    setup = """
    SET short x EX 100
    XADD q 1-0 f v
    XGROUP CREATE q g 0
    XREADGROUP GROUP g c STREAMS q >
    # wait 3600
    SET after x EX 100
    # wait 99
    """
    began = time.monotonic()
    said = replies(lock, "EXISTS short\nTTL after\nXPENDING q g - + 9", setup)
    assert "> EXISTS short\n(integer) 0\n> TTL after\n(integer) 1\n" in said
    assert "3) (integer) 3699000" in said
    assert time.monotonic() - began < 60


def test_a_wait_in_an_answer_is_a_comment(lock: Redis) -> None:
    assert replies(lock, "# wait 60\nTTL s", "SET s x EX 50").endswith("(integer) 50")


REFUSED = [
    ("FLUSHALL", "`FLUSHALL` cannot be used in a drill: it empties everything; delete keys by name."),
    ("flushdb async", "`FLUSHDB` cannot be used in a drill"),
    ("CONFIG SET maxmemory 1", "`CONFIG` cannot be used in a drill: it is about the server, not about data."),
    ("DEBUG SLEEP 100", "`DEBUG` cannot be used in a drill"),
    ("SHUTDOWN NOSAVE", "`SHUTDOWN` cannot be used in a drill"),
    ("SELECT 1", "`SELECT` cannot be used in a drill: there is one database."),
    ("BLPOP l 0", "`BLPOP` cannot be used in a drill: it waits for another client"),
    ("XREAD BLOCK 0 STREAMS q $", "`BLOCK` cannot be used in a drill"),
    ("XREADGROUP GROUP g c block 0 STREAMS q >", "`BLOCK` cannot be used in a drill"),
    ("SUBSCRIBE news", "`SUBSCRIBE` cannot be used in a drill"),
    ('EVAL "while true do end" 0', "`EVAL` cannot be used in a drill: scripts are not contained here"),
    ("RANDOMKEY", "`RANDOMKEY` cannot be used in a drill: its reply is by chance"),
    ("CLIENT KILL TYPE normal", "`CLIENT` cannot be used in a drill"),
    ("MIGRATE h 1 k 0 1", "`MIGRATE` cannot be used in a drill"),
    ("GET backroad:drill", "keys that begin with `backroad:` are ours."),
    ("SETRANGE k 536870911 x", "an offset beyond 1,000,000 cannot be used in a drill."),
    ("SETBIT k 4294967295 1", "an offset beyond 1,000,000 cannot be used in a drill."),
    ("BITFIELD k SET u8 #99999999 1", "an offset beyond 1,000,000 cannot be used in a drill."),
    ("KEYS a*a*a*a*a*b", "a pattern may hold four asterisks in a drill."),
    ("SETT s 1", "unknown command `SETT`."),
    ("SET s", "wrong number of arguments for 'set' command."),
    ("SET s 1 FOR 5", "syntax error."),
    ('SET s "a', "a text in quotes does not end."),
    ('SET s "a"b', "a space is missing after a closing quotation mark."),
    ("SET s a'b", "a quotation mark within `a'b`; quote the whole word."),
    ("MULTI\nGETT s\nEXEC", "unknown command `GETT`."),
]


@pytest.mark.parametrize(("commands", "sentence"), REFUSED)
def test_what_cannot_be_run_is_a_problem_and_not_counted(lock: Redis, commands: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(lock, commands)
    assert str(caught.value).startswith(f"This cannot be run: line {2 if 'GETT' in commands else 1}: {sentence}")
    assert str(caught.value).endswith("Change it and answer again; this was not counted.")


BOUNDED = [
    ("PING\n" * 400, "This cannot be run: there are more than 300 commands."),
    ("x" * 65_537, "This answer is longer than 64 KiB."),
    ("GET \x00", "This answer holds bytes that are not text."),
    ("\n\n", "You have written nothing."),
]


@pytest.mark.parametrize(("commands", "sentence"), BOUNDED)
def test_an_answer_is_bounded(lock: Redis, commands: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(lock, commands)
    assert str(caught.value).startswith(sentence)


def test_a_large_reply_is_cut(lock: Redis, engine: str) -> None:
    printed = replies(lock, "RPUSH l " + "x " * 20_000 + "\nLRANGE l 0 -1")
    assert len(printed) <= 4000
    free = msgspec.structs.replace(lock, check="", returns=False, answer="PING", wrong=(), others=())
    table = first(grade(free, "RPUSH l " + "x " * 20_000 + "\nLRANGE l 0 -1")).got
    assert table
    assert len(table.rows) == 30
    assert 100 < table.more < 300


def test_comments_alone_are_no_answer(lock: Redis) -> None:
    assert first(grade(msgspec.structs.replace(lock, check="", returns=False), "# later")).why == (
        "There is no command here."
    )


def test_a_transaction_that_is_left_open_is_told(lock: Redis, engine: str) -> None:
    found = first(grade(lock, "MULTI\nSET lock me NX EX 30"))
    assert found.why.startswith(
        "It stops here: the transaction is still open at the end, so that nothing in it was done"
    )


FAULTS = [
    (
        '"me"\n(integer) 30',
        '"me"\n(integer) 29',
        '`output` is not what `answer` gives, which is: \'"me"\\n(integer) 30',
    ),
    (
        'answer = "SET lock me NX EX 30"',
        'answer = "SETT lock"',
        "`answer` does not run: line 1: unknown command `SETT`.",
    ),
    ("SETNX lock me", "SET lock me PX 30000 NX", "`wrong`: 'SET lock me PX 30000 NX' passes; it is right"),
    ("SETNX lock me", "SET lock me PX 30000", "`wrong`: 'SET lock me PX 30000' does the same as number 1"),
    ("SETNX lock me", "SETTNX lock me", "`wrong`: 'SETTNX lock me' does not run"),
    ('start = "SET lock me"', 'start = "SET lock me EX 30 NX"', "`start` passes as it stands"),
    (
        'SET other "a b"',
        "SET lock 1\nINCR lock\nLPUSH lock x",
        "`answer` does not run: in the data, `LPUSH lock x`: WRONG",
    ),
    (
        '["SET lock him EX 10", "SET lock him EX 60\\n# wait 5"]',
        '["SET nothing 1"]',
        "`others` all give what the data shown gives",
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_each_false_key_is_found(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    toml = TOML.replace("\\n", "@").replace(old.replace("\\n", "@"), new).replace("@", "\\n")
    assert toml != TOML
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=toml, lesson="")])
    assert any(problem.text.startswith(sentence) for problem in report.problems), report.problems


def test_sound_keys_are_counted(tmp_path: Path, engine: str) -> None:
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=TOML + MOVE, lesson="")])
    assert report.problems == ()
    assert (report.by_kind["redis"].executed, report.by_kind["redis"].refuted) == (2, 3)


def test_what_is_shown_tells_the_data_and_not_the_key(lock: Redis) -> None:
    shown = show(lock, learner="ann", seed="1")
    assert shown.program == lock.setup.strip() + "\n"
    assert "30" not in str(msgspec.to_builtins(shown)["program"])


@pytest.mark.slow
def test_a_real_server_keeps_what_others_store_and_nothing_of_ours(
    lock: Redis, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKROAD_DRILL_REDIS_URL", url)
    with client_of(url, 15) as client:
        already = client.exists("tests:theirs")
        client.set("tests:theirs", "1", ex=600)
        try:
            before = keys_of(url)
            assert grade(lock, lock.answer).outcome == "passed"
            assert keys_of(url) == before
        finally:
            assert client.delete("tests:theirs") == 1
            assert not already


def client_of(url: str, number: int) -> "redis.Redis":
    parts = urlsplit(url)
    return redis.Redis(parts.hostname or "", parts.port or 6379, number, parts.password)


def keys_of(url: str) -> dict[int, int]:
    found = {}
    for number in range(16):
        with client_of(url, number) as client:
            found[number] = client.dbsize()
    return found


@pytest.mark.slow
def test_what_a_killed_run_left_is_emptied_by_the_next(lock: Redis, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A marked database without a connection that carries its number is ours."""
    monkeypatch.setenv("BACKROAD_DRILL_REDIS_URL", url)
    numbers = [number for number, size in keys_of(url).items() if not size and number]
    with client_of(url, max(numbers)) as client:
        client.mset({"backroad:drill": "left behind", "lock": "him"})
        assert grade(lock, lock.answer).outcome == "passed"
        assert client.dbsize() == 0


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("rediss://127.0.0.1", "BACKROAD_DRILL_REDIS_URL is no URL of the form redis://host:port."),
        (
            "redis://127.0.0.1:1",
            "Redis at BACKROAD_DRILL_REDIS_URL cannot be used: Error 111 connecting to 127.0.0.1:1.",
        ),
    ],
)
def test_a_configured_server_that_is_not_there_is_not_replaced(
    lock: Redis, monkeypatch: pytest.MonkeyPatch, address: str, sentence: str
) -> None:
    monkeypatch.setenv("BACKROAD_DRILL_REDIS_URL", address)
    with pytest.raises(Problem) as caught:
        grade(lock, lock.answer)
    assert str(caught.value).startswith(sentence if sys.platform == "linux" else sentence[:40])


def test_importing_the_kinds_loads_no_server() -> None:
    program = "import sys, backroad.app, backroad.drills.kinds; print([m for m in sys.modules if m in sys.argv])"
    names = ["mongomock", "fakeredis", "redis", "pymongo"]
    ran = subprocess.run([sys.executable, "-c", program, *names], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
