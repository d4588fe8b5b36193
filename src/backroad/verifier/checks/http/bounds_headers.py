from backroad.verifier import Bench, check, expect
from backroad.verifier.checks.http.wire import refused, say
from backroad.verifier.drivers.http import Http

REFUSALS = (400, 413, 414, 431)
MANY = 20_000


@check(needs=("http.answers_health",), seconds=20)
async def run(bench: Bench) -> None:
    """A head of 8 KiB is fine, and one that goes far beyond the limit is refused.

    Heads are held in memory before anybody is known. Without a bound a few connections fill it; with a bound too low,
    people with many cookies are locked out.

    Fix: set the limit of your server (max_buffer_size, maxHeaderSize, MaxHeaderBytes) to 16 to 64 KiB, and answer 431.
    """
    driver: Http = bench.driver
    expect.status(await bench.client().get(driver.health, headers={"X-Long": "a" * 8_000}), 200)
    start = f"GET {driver.health} HTTP/1.1\r\nHost: {bench.target.netloc}\r\n".encode()
    size = 16 * driver.head_limit
    lines = b"".join(b"X-%d: a\r\n" % number for number in range(MANY))
    for what, head in {
        f"a header of {size:,} bytes": start + b"X-Long: " + b"a" * size + b"\r\n\r\n",
        f"{MANY:,} headers": start + lines + b"\r\n",
        f"a path of {size:,} bytes": b"GET /" + b"a" * size + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    }.items():
        refused(await say(bench, head), what, statuses=REFUSALS)
    expect.status(await bench.client().get(driver.health), 200)
