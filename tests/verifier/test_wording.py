import pytest

from backroad.verifier import wording
from backroad.verifier.curl import curl_command, describe
from backroad.verifier.log_ring import KEPT_FIRST, KEPT_LAST, LogRing
from backroad.verifier.masking import mask, mask_value
from tests.verifier.answers import exchange


def test_counts_are_words_up_to_twenty():
    assert [wording.count(number) for number in (0, 1, 12, 20, 21, 100)] == [
        "no",
        "one",
        "twelve",
        "twenty",
        "21",
        "100",
    ]
    assert wording.tally([409, 201, 409, None]) == "one 201, two 409, one without an answer"
    assert wording.tally([]) == "nothing"


def test_sizes_and_seconds():
    assert [wording.size(n) for n in (1, 12, 8 << 20, 1536, 3 << 30)] == [
        "1 byte",
        "12 bytes",
        "8 MiB",
        "1.5 KiB",
        "3 GiB",
    ]
    assert [wording.seconds(n) for n in (5, 0.3, 0.012, 12.34)] == ["5 s", "0.3 s", "12 ms", "12.3 s"]


def test_excerpts_are_one_printable_line():
    assert wording.excerpt("a\n  b\x1b[31m\tc") == "a b\ufffd[31m c"
    assert wording.excerpt("x" * 200, 10) == "xxxxxxxx …"
    assert wording.excerpt_bytes(b"\x16\x03\x01'\"") == '"\\x16\\x03\\x01\'""'
    assert wording.either([200]) == "200"
    assert wording.either([200, 201, 204]) == "200, 201 or 204"


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("Authorization", "Bearer abc.def", "Bearer [masked]"),
        ("Authorization", "abc", "[masked]"),
        ("Cookie", "sid=abc; theme=dark", "sid=[masked]; theme=[masked]"),
        ("Set-Cookie", "sid=abc; Path=/; HttpOnly", "sid=[masked]; Path=/; HttpOnly"),
        ("X-Api-Key", "abc", "[masked]"),
    ],
)
def test_masking(name, value, masked):
    assert mask_value(name, value) == masked
    one = mask(exchange(head=(f"{name}: {value}",), response_head=f"HTTP/1.1 200 OK\n{name.upper()}: {value}"))
    assert "abc" not in one.request_head + one.response_head
    assert "Host: 127.0.0.1:8000" in one.request_head


def test_what_was_sent():
    post = exchange("POST", "/links", head=("Content-Type: application/json", "Content-Length: 9"), body='{"a": 1}')
    assert describe([post]) == 'POST /links {"a": 1}'
    together = [exchange("POST", "/links", body="x", together=True)] * 20
    assert describe(together) == "20 × POST /links x released together"
    varied = [exchange("POST", "/links", body=f"{number}", together=True) for number in range(20)]
    assert describe(varied) == "20 × POST /links released together, the first with 0"
    assert describe([exchange(path="/a"), exchange(path="/b")]) == "GET /a; GET /b"
    assert describe([exchange(path=f"/{n}") for n in range(9)]) == "9 requests, the first GET /0"
    choosy = exchange(head=('If-Match: "a"', "Authorization: Bearer abc", "Content-Type: text/plain"))
    assert describe([choosy]) == 'GET / with If-Match: "a", Authorization, Content-Type: text/plain'
    mixed = [exchange("POST", "/a", head=("Authorization: Bearer abc",), body="1"), exchange("POST", "/a")]
    assert describe(mixed) == "2 × POST /a, the first with Authorization 1"
    assert describe([]) == "nothing"


@pytest.mark.parametrize(
    ("one", "command"),
    [
        (exchange(path="/a?b=c&d"), "curl -i --path-as-is 'http://h:1/a?b=c&d'"),
        (exchange("HEAD"), "curl -I --path-as-is http://h:1/"),
        (exchange("DELETE", "/a"), "curl -i --path-as-is -X DELETE http://h:1/a"),
        (exchange("POST", "/a"), "curl -i --path-as-is -X POST http://h:1/a"),
        (exchange("POST", "/a", body="it's"), "curl -i --path-as-is --data-raw 'it'\"'\"'s' http://h:1/a"),
        (exchange("PUT", "/a", body="x"), "curl -i --path-as-is -X PUT --data-raw x http://h:1/a"),
        (exchange("POST", "/a", body="\x00"), "curl -i --path-as-is --data-binary @body http://h:1/a"),
        (exchange(path="/a b"), "curl -i --path-as-is --request-target '/a b' http://h:1/"),
        (
            exchange(head=("Authorization: Bearer abc",)),
            'curl -i --path-as-is -H "Authorization: Bearer $TOKEN" http://h:1/',
        ),
        (exchange(head=("Cookie: sid=abc",)), 'curl -i --path-as-is -H "Cookie: $COOKIE" http://h:1/'),
        (exchange(head=("X-Api-Key: abc",)), 'curl -i --path-as-is -H "X-Api-Key: $API_KEY" http://h:1/'),
        (exchange(head=('If-Match: "a"',)), "curl -i --path-as-is -H 'If-Match: \"a\"' http://h:1/"),
        (exchange("CONNECT", ""), ""),
    ],
)
def test_curl(one, command):
    assert curl_command(one, "http://h:1") == command
    assert "abc" not in command


def test_curl_with_a_shell_variable_for_the_address():
    assert curl_command(exchange(path="/a&b"), "$BASE_URL") == "curl -i --path-as-is \"$BASE_URL\"'/a&b'"


def test_the_log_ring_keeps_both_ends():
    ring = LogRing()
    ring.write(b"start\n")
    assert ring.text() == "start\n"
    mark = ring.total
    ring.write(b"next\n")
    assert ring.since(mark) == "next\n"
    for _ in range(100):
        ring.write(b"x" * 10_000)
    late = ring.total
    ring.write(b"end")
    assert ring.since(late) == "end"
    text = ring.text()
    assert text.startswith("start\nnext\nxxx")
    assert text.endswith("xxxend")
    assert KEPT_LAST < len(text) < KEPT_FIRST + KEPT_LAST + 100
    assert ring.since(0).endswith("end")
