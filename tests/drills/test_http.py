"""HTTP drills: what is sent and judged, what is said, and that an answer reaches nothing but its server."""

import hmac
import socket
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx2
import msgspec
import pytest
from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from backroad.drills.grade import grade
from backroad.drills.http_server.clock import RealClock, SimulatedClock
from backroad.drills.http_server.scenarios import SCENARIOS
from backroad.drills.http_server.script import read_script
from backroad.drills.http_server.send import send
from backroad.drills.http_server.server import MOST_REQUESTS, DrillServer
from backroad.drills.keys import check_keys
from backroad.drills.kinds.http import Http
from backroad.drills.load import load_drills, read_drills
from backroad.drills.model import show
from backroad.kit.errors import Problem
from tests.drills import samples

REPORT = samples.HTTP_TOML


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Http:
    (found,) = load_drills(samples.write_skill(tmp_path_factory.mktemp("http"), "area.one", drills=REPORT))
    assert isinstance(found, Http)
    return found


def other(scenario: str) -> Http:
    return Http(
        skill="area.one",
        name="other",
        seconds=60,
        prompt="Go.",
        why="So.",
        scenario=scenario,
        goals=tuple(SCENARIOS[scenario].goals),
        start="GET /",
        answer="GET /",
        wrong=(),
    )


def stopped(text: str, scenario: str = "conditional-get") -> str:
    result = grade(other(scenario), text)
    assert result.outcome == "failed"
    return result.feedback[0].why


def test_the_key_passes_and_the_exchanges_are_shown(drill: Http) -> None:
    result = grade(drill, {"text": drill.answer})
    assert (result.outcome, result.score) == ("passed", 1)
    assert [part.text for part in result.feedback] == list(SCENARIOS["conditional-get"].goals.values())
    assert result.printed.count("> GET /report") == 3
    assert "< 304 Not Modified\n< ETag: " in result.printed
    assert result.right == (drill.answer.strip(),)


def test_the_same_answer_is_judged_alike_and_no_value_can_be_copied(drill: Http) -> None:
    once = grade(drill, drill.answer)
    assert grade(drill, drill.answer) == once
    tag = once.printed.partition("< ETag: ")[2].partition("\n")[0]
    copied = grade(drill, drill.answer.replace("{{first.headers.ETag}}", tag))
    assert copied.outcome == "failed"
    assert tag not in copied.printed.partition("< ")[2].partition("\n>")[0]


def test_a_known_mistake_is_recognised_by_what_it_does(drill: Http) -> None:
    text = '# @name a\nGET /report\n###\nGET /report\nIf-None-Match: {{a.headers.ETag}}, "x"\n### again\nGET /report\n'
    result = grade(drill, text)
    assert [part.why for part in result.feedback] == [
        "All of it, each time.",
        "",
        "",
        "The new report came to a request that did not carry the old tag.",
    ]
    assert result.score == pytest.approx(2 / 3)


def test_the_goals_stand_below_the_prompt_and_the_key_does_not(drill: Http) -> None:
    shown = show(drill, learner="a", seed="b")
    assert shown.prompt.startswith("Fetch the report three times.\n\nJudged by what the server saw:\n\n- The report is")
    assert (shown.start, shown.file) == ("GET /report", "requests.http")
    assert "{{" not in str(msgspec.to_builtins(shown))


def test_the_proof_counts_and_finds_each_false_key(tmp_path: Path) -> None:
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=REPORT, lesson="")])
    assert (report.problems, report.executed, report.distractors_refuted) == ((), 1, 1)
    assert report.by_kind["http"].refuted == 1
    answer = REPORT.partition("answer = '''")[2].partition("'''")[0]
    late = "GET /report\nIf-None-Match: {{first.headers.ETag}}\n'''\n"
    faults = {
        REPORT.replace('"renewed"', '"unchanged"'): "misses renewed; it says that it misses unchanged.",
        REPORT.replace(late, "GET /\n'''\n"): "`answer` misses `renewed`",
        REPORT.replace('"GET /report"', f"'''{answer}'''"): "`start` passes as it stands",
        REPORT.replace("GET /report\n'''}", "GET\n'''}"): "cannot be sent: Line ",
        REPORT.replace("# @name", "# @nmae", 1): "`answer` cannot be sent: Line 1: ",
    }
    for number, (toml, sentence) in enumerate(faults.items()):
        folder = samples.write_skill(tmp_path / str(number), "area.one", drills=toml, lesson="")
        said = [problem.text for problem in check_keys([folder]).problems]
        assert any(sentence in text for text in said), said


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"conditional-get"', '"nothing"', "`scenario` is `nothing`; use one of accepted, "),
        ('misses = "renewed"', 'misses = "all"', "`wrong` number 1: `misses` is `all`, which is none of the goals;"),
        (
            "scenario =",
            'goals = ["fetched", "all"]\nscenario =',
            "`goals`: `all` is none of this scenario's; use fetched",
        ),
        ("scenario =", 'setup = "x"\nscenario =', "`setup` is not a field of an http drill"),
    ],
)
def test_each_mistake_in_the_file_has_its_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    loaded = read_drills(samples.write_skill(tmp_path, "area.one", drills=REPORT.replace(old, new, 1)))
    assert any(mistake.text.startswith(sentence) for mistake in loaded.mistakes), loaded.mistakes


REFUSED = [
    ("# nothing yet", "There is no request in this. Begin with a line such as `GET /report`."),
    ("GET", "Line 1: 'GET' is no request line. "),
    ("GET http://example.com/", "Line 1: 'http://example.com/' is no path. Begin it with one `/`: requests go to the "),
    ("GET //example.com/", "Line 1: '//example.com/' is no path. "),
    ("GET /report\nAccept", "Line 2: 'Accept' is no header. Write `Name: value`, and an empty line above a body."),
    ("GET /report\nA b: c", "Line 2: 'A b: c' is no header. "),
    ("POST /\nContent-Length: 7", "Line 2: `Content-Length` is set for you. Leave it out."),
    ("POST /\nTransfer-Encoding: chunked", "Line 2: `Transfer-Encoding` is set for you. "),
    ("# @naem x\nGET /", "Line 1: `@naem x` is not understood. Write `# @name first` or `# @wait 2`."),
    ("# @name x", "Line 1: there is no request below this. "),
    ("# @name x\nGET /\n###\n# @name x\nGET /", "Line 5: the name `x` is taken. Give each request a name of its own."),
    (
        "GET /{{first.body.id}}",
        "Line 1: `{{first.body.id}}` is not understood. Take from a request that was named above",
    ),
    ("# @name a\nGET /{{a.body}}", "Line 2: `{{a.body}}` is not understood. "),
    ("# @name a\nGET /\n###\nGET /{{a.boby}}", "Line 4: `{{a.boby}}` is not understood. "),
    ("GET /{{md5 x}}", "Line 1: `{{md5 x}}` is not understood. "),
    ("@a = {{b}}\nGET /{{a}}", "In `@a`: `{{b}}` is not understood. "),
    ("GET /{{base64 x", "Line 1: braces are opened and not closed. "),
    ("GET /" + "{{base64 " * 6 + "x" + "}}" * 6, "Line 1: there are braces within braces within braces. "),
    ("GET /\n###\n" * 41, "These are 41 requests; at most 40 are sent. Send fewer."),
    ("x" * 65_537, "This answer is longer than 64 KiB. Shorten it."),
    ("GET /\x00", "This answer holds bytes that are not text. Paste it as plain text."),
    ("\ud800", "This answer is not valid Unicode. Type it again."),
    (" ", "You have written nothing. Write your answer."),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
def test_what_cannot_be_sent_is_a_problem_and_not_counted(text: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(other("conditional-get"), text)
    assert str(caught.value).startswith(sentence)


A = "# @name a\nGET /report\n###\n"
STOPPED = [
    (
        "# @name a\nGET /x\n###\nGET /\nIf-Match: {{a.headers.ETag}}",
        "2 (line 4) was not sent: the answer to `a` (404) has no header `ETag`.",
    ),
    (A + "GET /{{a.body.next}}", "2 (line 4) was not sent: the body of the answer to `a` (200) has no `next`."),
    (A + "GET /{{a.body}}", "2 (line 4) was not sent: '/week 1;"),
    (A + "GET /\nX: {{a.body}}", "2 (line 4) was not sent: the value of a header holds a line break or another"),
    (
        A + "GET /\nX: {{a.headers.ETag.query.x}}",
        "2 (line 4) was not sent: the header `ETag` of the answer to `a` has no `query.x`.",
    ),
    ("@a = {{b}}\n@b = {{a}}\nGET /{{a}}", "1 (line 3) was not sent: values name one another in a circle."),
    ("# @wait 99\nGET /", "1 (line 2) was not sent: it would wait 99 s; at most 3 s are waited."),
    ("# @wait soon\nGET /", "1 (line 2) was not sent: 'soon' is no time to wait."),
    ("# @wait Mon, 04 Jan 2094 10:00:00 GMT\nGET /", "1 (line 2) was not sent: it would wait "),
    ("GET /report/ä", "1 (line 1) was not sent: '/report/ä' is no path: it begins with one `/`, without spaces"),
    ("GET {{base64 a}}", "1 (line 1) was not sent: 'YQ==' is no path"),
    ("GET /\nX: " + "x" * 20_000, "1 (line 1) was not sent: it is longer than 64 KiB, or its headers than 16 KiB."),
    (A + "POST /\n\n" + "{{a.body}}" * 500, "2 (line 4) was not sent: it is longer than 64 KiB."),
]


@pytest.mark.parametrize(("text", "sentence"), STOPPED)
def test_what_cannot_go_on_is_judged_up_to_there(text: str, sentence: str) -> None:
    assert stopped(text).startswith(f"Request {sentence}")


def test_placeholders_take_from_every_part_of_an_answer() -> None:
    text = """
@name = a b

# @name login
GET /login
###
GET /echo?{{login.status}}&{{urlencode {{name}}}}&{{login.headers.Set-Cookie.cookie.sid}}&{{hmac_sha256 k {{base64 x}}}}
"""
    seen = send(read_script(text), SCENARIOS["session-cookie"], "seed").exchanges
    sid = seen[0].reply.header("Set-Cookie")[4:20]
    mac = hmac.new(b"k", b"eA==", "sha256").hexdigest()
    assert seen[1].request.target == f"/echo?204&a%20b&{sid}&{mac}"


def test_what_an_answer_holds_is_not_looked_into() -> None:
    text = """
@key = {"a": {"b": 1}}

# @name user
PATCH /users/7
Content-Type: application/merge-patch+json

{"name": "{{urlencode {{key}}}}{", "nickname": "{status", "deep": {"er": {}}}
###
PATCH /users/7
Content-Type: application/merge-patch+json

{"nickname": "{{user.body.name}}{{user.body.nickname}}}}"}
"""
    seen = send(read_script(text), SCENARIOS["merge-patch"], "seed").exchanges
    assert [one.status for one in seen] == [200, 200]
    assert seen[1].said["nickname"] == "%7B%22a%22%3A%20%7B%22b%22%3A%201%7D%7D{{status}}"


def test_waiting_moves_the_clock_and_takes_no_time() -> None:
    text = "# @wait 3\nGET /rates\n###\n" * 40
    seen = send(read_script(text), SCENARIOS["retry-after"], "seed").exchanges
    assert [one.at for one in seen] == [3.0 * number for number in range(1, 41)]
    assert [one.status for one in seen][:4] == [503, 503, 200, 200]


def test_methods_and_paths_that_no_scenario_has_are_answered() -> None:
    text = "GET /x\n###\nOPTIONS /report\n###\nPUT /report\n###\nHEAD /report"
    seen = send(read_script(text), SCENARIOS["conditional-get"], "seed").exchanges
    assert [one.status for one in seen] == [404, 204, 405, 200]
    assert seen[1].reply.header("Allow") == seen[2].reply.header("Allow") == "GET, HEAD, OPTIONS"


def test_a_websocket_answers_each_message() -> None:
    text = """
# @name live
GET /prices
Origin: https://app.example.com
Connection: keep-alive, Upgrade
Upgrade: WebSocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==

hello
===
{"subscribe": "EURUSD"}
###
GET /{{urlencode {{live.body}}}}
"""
    first, second = send(read_script(text), SCENARIOS["websocket"], "seed").exchanges
    assert first.reply.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # the example of RFC 6455
    assert [frame.from_client for frame in first.frames] == [True, False, True, False]
    assert "EURUSD" in first.frames[3].text
    assert "EURUSD" in second.request.target


SHAKE = (
    "GET /prices\nUpgrade: websocket\nConnection: upgrade\nSec-WebSocket-Version: 13\n"
    "Origin: https://app.example.com\nSec-WebSocket-Key: "
)
HOSTILE = [
    "DELETE /%00/../../etc/passwd\nX: \x1b[31m",
    "GET /report?" + "a=1&" * 3000,
    "POST /report\nContent-Type: application/json\n\n" + "[" * 60_000,
    "POST /report\nContent-Type: application/json\n\n" + '{"a":' * 10_000,
    "PUT /pages/7\nIf-Match: *\n\n[]",
    "PUT /pages/7\nIf-Match: *\n\n" + '{"title": ' + "9" * 5000 + ', "text": {}}',
    "PATCH /users/7\nContent-Type: application/merge-patch+json\n\n" + '{"address":' * 500 + "1" + "}" * 500,
    "POST /token\nContent-Type: application/x-www-form-urlencoded\n\n" + "a=b&" * 9000,
    "POST /payments\nIdempotency-Key: a\n\n" + '{"order": 7, "amount": [[["x"]]]}',
    "POST /hooks\nWebhook-Timestamp: ²\nWebhook-Signature: ü",
    "GET /backup\nRange: bytes=-0\n###\nGET /backup\nRange: bytes=999999999-0",
    "GET /backup\nRange: bytes=-999999999\n###\nGET /backup\nRange: bytes=-",
    "GET /metrics\nAuthorization: Basic ====\n###\nGET /metrics\nAuthorization: Basic /w==",
    "GET /invoices/7\nAccept: " + "a/b;q=1e999," * 500 + "\nAccept-Language: ;;;q=nan",
    "POST /documents\nContent-Type: multipart/form-data; boundary=x\n\n" + "--x\n" * 9000,
    "GET /items/\n###\nGET /items/12\n###\nGET /items/²",
    SHAKE + "ü\n\n" + "===\n" * 300,
    SHAKE + "a\n\n" + "x" * 60_000,
    "GET /feed\nAccept: text/event-stream\nLast-Event-ID: \x7f",
    "OPTIONS *\n###\nCONNECT /\n###\nFOO /report",
    "GET /exports/\n###\nGET /exports/x/y\n###\nGET /files/.csv",
    "POST /login\n\n" + "\u202e" * 20_000,
    "GET /" + " " * 60_000 + "x",
    "GET" + " " * 60_000 + "/report",
    "#" + " " * 30_000 + "@" + " " * 30_000,
    "GET /report\nIf-None-Match: " + '"' * 15_001,
    "GET /" + "{{" * 30_000,
    "GET /{{base64 " + "}" * 60_000,
]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_nothing_breaks_a_scenario(scenario: str) -> None:
    for text in HOSTILE:
        try:
            script = read_script(text)
        except Problem:
            continue
        sent = send(script, SCENARIOS[scenario], "seed")
        assert sent.fault == "", (text[:60], sent.fault)
        missed = SCENARIOS[scenario].judge(sent.exchanges)
        assert missed.keys() <= SCENARIOS[scenario].goals.keys()
        assert missed
        assert len(grade(other(scenario), text).printed) < 15_000


def test_nothing_sent_misses_something_everywhere() -> None:
    for scenario in SCENARIOS.values():
        missed = scenario.judge(())
        assert missed
        assert missed.keys() <= scenario.goals.keys()
        assert all(why.endswith((".", "`")) for why in missed.values())


def test_every_scenario_is_named_by_a_drill() -> None:
    files = Path(__file__).parents[2].joinpath("content/skills").glob("*/*/drills.toml")
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert [name for name in SCENARIOS if f'scenario = "{name}"' not in text] == []


def raw(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
        return answer


BYTES = [
    (b"\x16\x03\x01\x02\x00\r\n\r\n", b"HTTP/1.1 400 "),
    (b"GET http://evil.example/ HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 "),
    (b"GET / HTTP/2.0\r\n\r\n", b"HTTP/1.1 400 "),
    (b"GET / HTTP/1.1\r\nA : b\r\n\r\n", b"HTTP/1.1 400 "),
    (b"GET / HTTP/1.1\r\nA: " + b"b" * 40_000, b"HTTP/1.1 431 "),
    (b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"HTTP/1.1 431 "),
    (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"HTTP/1.1 413 "),
    (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"HTTP/1.1 400 "),
    (b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 400 "),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", b"HTTP/1.1 413 "),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", b"HTTP/1.1 400 "),
    (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", b"HTTP/1.1 404 "),
    (
        b"POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 4",
    ),
    (b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\na", b""),
    (b"", b""),
]


def test_broken_bytes_are_answered_and_leave_the_server_up() -> None:
    clock = SimulatedClock()
    with DrillServer(SCENARIOS["methods"]("seed", clock), clock, seconds=60) as server:
        for data, beginning in BYTES:
            answer = raw(server.port, data)
            assert answer.startswith(beginning), (data[:60], answer[:60])
            assert bool(answer) == bool(beginning)
        assert httpx2.head(f"{server.url}/archive.tar").status_code == 200
        assert server.fault == ""


def test_a_server_takes_a_bounded_number_of_requests_and_ends() -> None:
    clock = RealClock()
    with DrillServer(SCENARIOS["methods"]("seed", clock), clock, seconds=60) as server:
        one = b"HEAD /archive.tar HTTP/1.1\r\nHost: x\r\n\r\n"
        answer = raw(server.port, one * (MOST_REQUESTS + 50))
        assert answer.count(b"HTTP/1.1 200 ") == MOST_REQUESTS == len(server.exchanges)
        assert server.spent
    with pytest.raises(OSError):
        raw(server.port, one)
    until = [thread for thread in threading.enumerate() if thread.name.startswith("drill-")]
    for thread in until:
        thread.join(10)
    assert not any(thread.is_alive() for thread in until)


def test_a_clients_frames_must_be_masked() -> None:
    shake = (
        b"GET /prices HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        b"Origin: https://app.example.com\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    clock = SimulatedClock()
    with DrillServer(SCENARIOS["websocket"]("seed", clock), clock, seconds=60) as server:
        assert b"\x03\xeaA frame has reserved bits, or the mask" in raw(server.port, shake + b"\x81\x02hi")
        assert b"\x03\xebA message in several frames" in raw(server.port, shake + b"\x01\x80\0\0\0\0")
        assert b"\x03\xef'utf-8' codec" in raw(server.port, shake + b"\x81\x81\0\0\0\0\xff")
        assert b"\x03\xf1A message is too long." in raw(server.port, shake + b"\x81\xff\0\0\0\x01\0\0\0\0")
        assert raw(server.port, shake + b"\x89\x81\0\0\0\0p\x88\x80\0\0\0\0").endswith(b"\x8a\x01p\x88\x00")


def test_an_own_client_is_judged_by_the_same_record(drill: Http) -> None:
    clock = RealClock()
    with DrillServer(drill.server("seed", clock), clock, seconds=60) as server:
        with httpx2.Client(base_url=server.url) as client:
            tag = client.get("/report").headers["etag"]
            assert not drill.reached(server.exchanges)
            assert client.get("/report", headers={"if-none-match": tag}).status_code == 304
            assert client.get("/report", headers={"if-none-match": tag}).status_code == 200
        assert drill.reached(server.exchanges)
        assert drill.judged(server.exchanges).outcome == "passed"


def test_a_websocket_library_is_served_too() -> None:
    clock = RealClock()
    scenario = SCENARIOS["websocket"]
    with DrillServer(scenario("seed", clock), clock, seconds=60) as server:
        with connect(
            f"ws://127.0.0.1:{server.port}/prices",
            origin=Origin("https://app.example.com"),
            subprotocols=[Subprotocol("prices.v1")],
            compression=None,
            proxy=None,
        ) as live:
            live.ping().wait(10)
            live.send('{"subscribe": "EURUSD"}')
            assert "EURUSD" in str(live.recv(10))
        assert scenario.judge(server.exchanges) == {}


@pytest.mark.slow
def test_real_time_is_waited_for_by_a_real_client() -> None:
    clock = RealClock()
    scenario = SCENARIOS["retry-after"]
    with (
        DrillServer(scenario("seed", clock), clock, seconds=60) as server,
        httpx2.Client(base_url=server.url) as client,
    ):
        time.sleep(int(client.get("/rates").headers["retry-after"]) + 0.05)
        until = parsedate_to_datetime(client.get("/rates").headers["retry-after"])
        while datetime.now(UTC) < until:
            time.sleep(0.05)
        assert client.get("/rates").json()["EUR"] == "1.00"
        assert scenario.judge(server.exchanges) == {}
