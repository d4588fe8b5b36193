from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.declines_politely",), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """The key of the payment provider is in no answer and in no line of the log, also when calls fail.

    With that key a stranger charges and refunds in your name. It leaks most often in the log line that somebody wrote
    to find out why a payment failed.

    Fix: log the method, path and status of outgoing calls, never their headers; answer problems in your own words.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    seller = await driver.person()
    ware = await driver.ware(seller)
    answers = [await driver.place(await driver.shopper(ware), source=driver.declined)]
    answers.append(await driver.place(await driver.shopper(ware)))
    async with payments.wrong("error", times=1):
        answers.append(await driver.place(await driver.shopper(ware)))
    secrets = {"key": payments.key, "webhook secret": payments.webhooks.secret}
    for name, secret in secrets.items():
        told = [answer for answer in answers if secret in str(getattr(answer, "text", ""))]
        expect.that(not told, expected=f"no {name} in the answer", got=f"the provider's {name}", answer=told)
        line = next((line for line in bench.target.logs().splitlines() if secret in line), "")
        got = f"a line of the log: {line.replace(secret, '<the secret>').strip()[:160]}"
        expect.that(not line, expected=f"no {name} in the log", got=got)
