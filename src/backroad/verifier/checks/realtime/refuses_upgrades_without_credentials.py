from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.realtime import Realtime


@check(needs=("access.refuses_wrong_credentials", "data.creates"))
async def run(bench: Bench) -> None:
    """An upgrade without credentials, or with wrong ones, is answered 401 and opens no WebSocket.

    The upgrade is the only request of a connection that may last for hours. Where it is let through and asked later,
    strangers listen until somebody asks.

    Fix: check the credentials before you answer 101, with the same code that guards the other paths.
    """
    driver: Realtime = bench.driver
    person = await driver.person()
    path = driver.seat_path(await driver.room(person))
    attempts = {"no credentials": {}, **driver.forgeries(person)}
    for what, headers in attempts.items():
        bench.log(f"trying {what}")
        answer = (await bench.upgrade(path, headers=headers)).answer
        expect.problem(answer, 401)
        expect.header(answer, "WWW-Authenticate")
    await bench.websocket(path, headers=person.credentials)
