from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.checks.http.wire import refused, say
from backroad.verifier.driver import LabDriver

REFUSALS = (400, 411, 413, 501)


@check(needs=("http.answers_health",), seconds=20)
async def run(bench: Bench) -> None:
    """A request that may end in two places is never read as two: it is refused, or read by its chunks alone.

    With a proxy in front that reads one length and a server that reads the other, an attacker hides a request inside a
    request. It is answered to the next person on that connection ("request smuggling").

    Fix: answer 400 and close where there are two different Content-Length, a length that is no number, or an unknown
    Transfer-Encoding; where both are there, refuse too, or read the chunks and ignore the length. Good servers do.
    """
    driver: LabDriver = bench.driver
    head = f"POST {driver.collection.path} HTTP/1.1\r\nHost: {bench.target.netloc}\r\n".encode()
    hidden = f"GET {driver.health} HTTP/1.1\r\nHost: {bench.target.netloc}\r\n\r\n".encode()
    end = b"%d\r\n\r\n{}%s" % (2 + len(hidden), hidden)
    cases = {
        "two different Content-Length": b"Content-Length: 2\r\nContent-Length: " + end,
        "a list of two Content-Length": b"Content-Length: 2, " + end,
        "a Content-Length with a sign": b"Content-Length: +2\r\n\r\n{}",
        "a Content-Length below zero": b"Content-Length: -2\r\n\r\n{}",
        "an unknown Transfer-Encoding": b"Transfer-Encoding: xchunked\r\nContent-Length: 2\r\n\r\n{}",
        "a blank before the colon": b"Transfer-Encoding : chunked\r\nContent-Length: 2\r\n\r\n{}",
    }
    for what, rest in cases.items():
        refused(await say(bench, head + rest), what, statuses=REFUSALS)
    size = b"%x\r\n" % len(hidden)
    both = b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n%s%s\r\n0\r\n\r\n" % (len(size), size, hidden)
    heard = await say(bench, head + both)
    if len(heard.statuses) > 1 and 200 in heard.statuses[1:]:
        raise Failed(
            sent="Content-Length and Transfer-Encoding, with a GET of the health path inside of a chunk",
            expected="one answer",
            got=f"{heard}: what was inside the body was answered as a request",
        )
    expect.status(await bench.client().get(driver.health), 200)
