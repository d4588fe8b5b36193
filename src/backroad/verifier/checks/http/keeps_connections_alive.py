from backroad.verifier import Bench, LostAnswer, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.creates",), assumes=("private list",))
async def run(bench: Bench) -> None:
    """One connection carries request after request, refusals included.

    A new connection costs a round trip, with TLS two or three. A server that hangs up after each answer, or after each
    error, multiplies the time of every client that behaves.

    Fix: speak HTTP/1.1 with Content-Length on every answer, read bodies to their end even when you refuse them, and do
    not send `Connection: close`.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    path = driver.collection.path
    requests = [
        (bench.request("GET", driver.health), 200),
        (bench.request("GET", path), 401),
        (person.request("POST", path, json={}), 422),
        (person.request("POST", path, json=driver.draft()), 201),
        (bench.request("GET", driver.nowhere), 404),
        (person.request("GET", path), 200),
    ]
    connection = await bench.connect()
    before = ""
    for request, status in requests:
        try:
            await connection.send(b"".join(request.encode(bench.target.netloc)))
            answer = await connection.answer()
        except LostAnswer as lost:
            expected = "an answer on the same connection" + (f" after {before}" if before else "")
            expect.that(False, expected=expected, got=f"none: the target {lost.reason}", answer=lost.no_answer)
            return
        expect.status(answer, status)
        before = f"the {status} of {request.method} {request.path}"
        open_still = (answer.headers.get("connection") or "").lower() != "close" and not connection.closed
        expect.that(open_still, expected=f"an open connection after {before}", got="it was closed", answer=answer)
