import asyncio
import time

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.checks.identity.forged import ask, refused, take_apart
from backroad.verifier.drivers.identity import Accounts

LIFETIME = 1  # second, of the access tokens of the process that this check starts


@check(needs=("access.lets_you_in", "durability.stops_when_asked"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """An access token is refused from the second on that its `exp` names.

    A token in a log, a crash report or a browser's history is good for whoever finds it. Its end is the only limit to
    that.

    Fix: set `exp` when you sign, demand it when you verify, and take the lifetime from the settings, in minutes.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    target = await bench.second_instance(env=driver.short_lived("access", LIFETIME))
    tokens = await driver.sign_in(account, target=target)
    ends = expect.field(tokens.answer, "expires_in", equals=LIFETIME) + time.time()
    named = take_apart(tokens).claims.get("exp")
    if not isinstance(named, int) or named > ends + 1:
        got = "no `exp`" if named is None else f"exp: {named}"
        raise Failed(expected="a claim `exp` one second ahead", got=got, exchanges=(tokens.answer.exchange,))
    await asyncio.sleep(max(ends, named + 1.1) - time.time())
    refused(await ask(bench, tokens.access), "a token that ended a second ago")
    renewed = await bench.client(target=target).send(driver.refresh(tokens.refresh))
    expect.status(renewed, 200)
