import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import Person
from backroad.verifier.wording import count

AT_ONCE = 10


@check(needs=("realtime.refuses_upgrades_without_credentials",), seconds=15)
async def run(bench: Bench) -> None:
    """A ticket opens one WebSocket instead of the token, once, even if ten ask at the same moment.

    Browsers cannot set headers on a WebSocket, so the secret goes into the URL, and URLs end up in logs. A ticket that
    has been used is worth nothing there.

    Fix: keep a hash of the ticket with an end, and use it up in the statement that looks for it:
    `DELETE ... WHERE hash = ? AND ends_at > ? RETURNING person`.
    """
    driver = bench.driver
    person = await driver.person()
    path = driver.seat_path(await driver.room(person))
    ticket = await ask(person)
    first = await bench.websocket(f"{path}?ticket={ticket}")
    welcome = (await first.receive()).json()
    expect.equal(welcome.get("person"), driver.name_of(person), what="the person in the welcome")
    expect.problem((await bench.upgrade(f"{path}?ticket={ticket}")).answer, 401)
    for wrong in (ticket[:-1], person.secret, ""):
        expect.problem((await bench.upgrade(f"{path}?ticket={wrong}")).answer, 401)
    for _ in range(3):
        ticket = await ask(person)
        all_of_them = await asyncio.gather(*(bench.upgrade(f"{path}?ticket={ticket}") for _ in range(AT_ONCE)))
        opened = sum(one.answer.status == 101 for one in all_of_them)
        got = f"{count(opened)} opened"
        expect.that(opened == 1, expected=f"one of {count(AT_ONCE)} upgrades with one ticket opens", got=got)


async def ask(person: Person) -> str:
    answer = expect.status(await person.client.post("/tickets"), 201)
    expect.header(answer, "Cache-Control", matches=r"\bno-store\b")
    seconds = expect.field(answer, "expires_in", type=int)
    expect.that(1 <= seconds <= 60, expected="expires_in from 1 to 60", got=f"expires_in: {seconds}", answer=answer)
    return str(expect.field(answer, "ticket", matches=r"^[\w~.-]{20,}$"))
