import statistics
import time

from backroad.verifier import Bench, Exchange, Failed, Request, check
from backroad.verifier.drivers.identity import Accounts

ROUNDS, EACH = 3, 5  # a difference counts only if every round shows it
FACTOR, LEAST = 2.0, 0.006  # times; seconds
MAIL_LAG = 0.03  # seconds for each answer of the mail server, of which a mail needs five or six


@check(needs=("identity.tells_nobody_who_exists",), seconds=45)
async def run(bench: Bench) -> None:
    """How long signup, login and "forgot my password" take does not tell whether an address has an account.

    The hash of a password takes fifty times as long as a look-up, sending a mail a hundred times. Who measures ten
    answers knows who has an account, however alike the texts are.

    Fix: hash in every case (for an unknown address against a fixed hash), and send mails after the answer, from a
    queue.
    """
    driver: Accounts = bench.driver
    suspects = set(driver.inquiries(driver.new().email))
    shown: dict[str, tuple[float, float]] = {}
    examples: dict[str, Exchange] = {}
    async with bench.standin("mail").slow(MAIL_LAG):
        for _ in range(ROUNDS):
            known = (await driver.account()).email
            samples: dict[tuple[str, bool], list[float]] = {}
            for _ in range(EACH):  # in turns, so that a slow moment meets both alike
                for email in (known, driver.new().email):
                    for what, request in driver.inquiries(email).items():
                        if what in suspects:
                            took, examples[what] = await timed(bench, request)
                            samples.setdefault((what, email == known), []).append(took)
            shown = {what: (low(samples[what, True]), low(samples[what, False])) for what in suspects}
            suspects = {what for what in suspects if differs(samples[what, True], samples[what, False])}
            if not suspects:
                return
    what = min(suspects)
    one, other = (f"{seconds * 1000:.0f} ms" for seconds in shown[what])
    raise Failed(
        sent=f"{ROUNDS} × {EACH} × {what} with an address that has an account, and as many with one that has none",
        expected="the same time for both", got=f"{one} and {other}, the quickest of {EACH} each",
        exchanges=(examples[what],),
    )  # fmt: skip


async def timed(bench: Bench, request: Request) -> tuple[float, Exchange]:
    client = bench.client()
    await client.get(bench.driver.health)  # so that the connection is open
    began = time.perf_counter()
    answer = await client.send(request)
    took = time.perf_counter() - began
    client.close()
    return took, answer.exchange


def low(times: list[float]) -> float:
    return min(times)


def differs(one: list[float], other: list[float]) -> bool:
    """Even the quickest of the slow ones is slower than the usual quick one, by far."""
    quick, slow = sorted((one, other), key=statistics.median)
    usual = statistics.median(quick)
    return low(slow) > FACTOR * usual and low(slow) - usual > LEAST
