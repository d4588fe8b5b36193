from backroad.verifier import Bench, Failed, check
from backroad.verifier.checks.http.wire import say
from backroad.verifier.driver import LabDriver
from backroad.verifier.wording import count

ROUNDS = 4


@check(needs=("access.needs_credentials",), assumes=("private list",))
async def run(bench: Bench) -> None:
    """Requests that arrive together on one connection are all answered, in their order.

    Proxies and pools send the next request before the last answer has come. A server that reads a packet as one request
    drops the others, and answers out of order give one person another person's data.

    Fix: parse requests out of a stream, not out of what one read returned; answer them one after the other.
    """
    driver: LabDriver = bench.driver
    paths = {driver.health: 200, driver.nowhere: 404, driver.collection.path: 401}
    wanted = [*paths.values()] * ROUNDS
    encoded = [b"".join(bench.request("GET", path).encode(bench.target.netloc)) for path in paths]
    heard = await say(bench, b"".join(encoded * ROUNDS), answers=len(wanted))
    if heard.statuses != wanted:
        raise Failed(
            sent=f"{count(len(wanted))} GET in one write: {', '.join(paths)}, and again",
            expected=f"{count(len(wanted))} answers in order: {', '.join(map(str, wanted))}",
            got=f"{count(len(heard.statuses))}: {', '.join(map(str, heard.statuses)) or 'nothing'}",
        )
