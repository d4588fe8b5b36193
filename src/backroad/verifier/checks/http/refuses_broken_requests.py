from backroad.verifier import Bench, check, expect
from backroad.verifier.checks.http.wire import refused, say
from backroad.verifier.driver import LabDriver

REFUSALS = (400, 404, 405, 426, 501, 505)


@check(needs=("http.answers_health",), seconds=20, assumes=("strict parsing",))
async def run(bench: Bench) -> None:
    """What is not HTTP is refused without harm: no 2xx, no 500, and the server goes on.

    Every port that faces the world gets TLS handshakes, other protocols and half a request, all day long. A parser that
    guesses what was meant lets two programs see two requests in one.

    Fix: leave parsing to a server that is strict (no blanks or zero bytes in names, no line without a colon, one Host),
    and let it answer 400 and close.
    """
    driver: LabDriver = bench.driver
    host = f"Host: {bench.target.netloc}\r\n".encode()
    start = f"GET {driver.health} HTTP/1.1\r\n".encode()
    for what, data in {
        "a TLS handshake": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03" + bytes(range(64)) + b"\r\n\r\n",
        "an unknown version": f"GET {driver.health} HTTP/9.9\r\n".encode() + host + b"\r\n",
        "a blank in the path": f"GET {driver.health} and more HTTP/1.1\r\n".encode() + host + b"\r\n",
        "a line without a colon": start + host + b"nonsense\r\n\r\n",
        "a blank in a header's name": start + host + b"X Name: a\r\n\r\n",
        "a zero byte in a value": start + host + b"X-Name: a\x00b\r\n\r\n",
        "two hosts": start + host + b"Host: elsewhere.example\r\n\r\n",
        "a chunk without a size": b"POST %s HTTP/1.1\r\n%sContent-Type: application/json\r\nTransfer-Encoding: chunked"
        b"\r\n\r\nzz\r\n{}\r\n0\r\n\r\n" % (driver.collection.path.encode(), host),
    }.items():
        allowed = (*REFUSALS, 401, 415) if data.startswith(b"POST") else REFUSALS
        refused(await say(bench, data), what, statuses=allowed)
        expect.status(await bench.client().get(driver.health), 200)
