from backroad.verifier import Bench, Request, check, expect
from backroad.verifier.drivers.uploads import Uploads
from backroad.verifier.exchange import merge


@check(needs=("uploads.keeps_bytes_exact",), seconds=20)
async def run(bench: Bench) -> None:
    """A file of exactly the largest size is taken, and one byte more is answered 413, announced or not.

    A form without a limit fills disks and memory. A limit on Content-Length alone is passed by a chunked body, which
    has none.

    Fix: count the bytes as they arrive, stop keeping them beyond the limit, and answer 413; set the same limit in the
    proxy before the server.
    """
    driver: Uploads = bench.driver
    person = await driver.uploader()
    most = driver.upload_limit
    over = driver.upload_request(driver.content(most + 1))
    for request in (over, in_chunks(over), in_chunks(driver.upload_request(driver.content(3 * most)))):
        expect.problem(await person.client.send(request), 413)
    for request in (
        driver.upload_request(driver.content(most)),
        in_chunks(driver.upload_request(driver.content(most))),
    ):
        answer = expect.status(await person.client.send(request), 201)
        expect.field(answer, "size", equals=most)
    expect.status(await bench.client().get(driver.health), 200)


def in_chunks(request: Request) -> Request:
    """The same without its length."""
    body = request.payload() or b""
    chunked = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in cut(body, 65_536)) + b"0\r\n\r\n"
    headers = merge(request.headers, {"Transfer-Encoding": "chunked"})
    return Request(request.method, request.path, headers=headers, body=chunked)


def cut(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]
