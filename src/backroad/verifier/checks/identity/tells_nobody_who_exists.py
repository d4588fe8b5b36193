from backroad.verifier import Answer, Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts
from backroad.verifier.wording import excerpt


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """Signup, login and "forgot my password" answer alike whether or not an address has an account.

    A list of who uses a service is worth money, and for some services it is dangerous. Three forms give it away: "this
    address is taken", "unknown user", "we sent you a mail".

    Fix: one answer for both. What differs is told in the mail, which only the owner of the address reads.
    """
    driver: Accounts = bench.driver
    known, unknown = (await driver.account()).email, driver.new().email
    here, there = driver.inquiries(known), driver.inquiries(unknown)
    client = bench.client()
    for what in here:
        one, other = await client.send(here[what]), await client.send(there[what])
        expect.no_5xx([one, other])
        got = told(one, known), told(other, unknown)
        if got[0] != got[1]:
            raise Failed(
                sent=f"{what} with an address that has an account, and with one that has none",
                expected="the same answer", got=f"{excerpt(got[0])} and {excerpt(got[1])}",
                exchanges=(one.exchange, other.exchange),
            )  # fmt: skip


def told(answer: Answer, email: str) -> str:
    """Status, kind and body, without the address itself."""
    kind = answer.headers.get("content-type") or "no type"
    extra = "" if "retry-after" not in answer.headers else ", Retry-After"
    return f"{answer.status} {kind}{extra} {answer.text.replace(email, '<address>')}".replace(" application/", " ")
