import asyncio
from typing import NoReturn

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts

WITHIN = 20.0  # seconds after the mail server is back


@check(needs=("accounts.verifies_addresses", "durability.stops_when_asked"), seconds=45, control=True)
async def run(bench: Bench) -> None:
    """A mail that was promised while the mail server was down arrives later, also after kill -9.

    The answer said "we sent you a mail". If it was only in memory, somebody waits for it, signs up again, and gives up.

    Fix: an outbox: write the mail into the database in the transaction that writes the signup, send it from there, and
    delete it when the mail server has taken it.
    """
    driver: Accounts = bench.driver
    mails = bench.standin("mail")
    account = driver.new()
    async with mails.down():
        expect.status(await bench.client().send(driver.sign_up(account)), 202)
        await bench.target.kill()
    await bench.target.start()
    mail = await mails.wait_for(to=account.email, within=WITHIN)
    if mail is None:
        lost("a signup while the mail server was down, then kill -9 and a new start")
    tried = mails.connections
    async with mails.limit():
        second = driver.new()
        expect.status(await bench.client().send(driver.sign_up(second)), 202)
        for _ in range(50):
            if mails.connections > tried:
                break
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)
    later = await mails.wait_for(to=second.email, within=WITHIN)
    if later is None:
        lost("a signup whose mail the mail server refused for now (451)")


def lost(sent: str) -> NoReturn:
    raise Failed(sent=sent, expected=f"its mail within {WITHIN:.0f} s, once mails are taken again", got="no mail")
