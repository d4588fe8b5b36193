from backroad.verifier import Bench, check
from backroad.verifier.drivers.realtime import Presence, Realtime


@check(needs=("realtime.closes_with_a_code",), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """Somebody who vanishes without a word is shown as gone soon after, and whoever answers pings stays.

    A phone without signal closes nothing. TCP notices after a quarter of an hour, if anything is sent at all. Until
    then the room shows people who left, and the server keeps their connections.

    Fix: ping each silent connection, and end those from which nothing came for two intervals; make the interval a
    setting.
    """
    driver: Realtime = bench.driver
    quick = await bench.second_instance(env=driver.heartbeat)
    _, people, (here, reset, silent) = await driver.pair(3, target=quick)
    reset.socket.reset()
    silent.socket.stop_reading()
    for person, how in ((people[1], "connection was reset"), (people[2], "connection is open and silent")):
        gone = Presence(driver.name_of(person), here=False)
        await here.sees(gone, f"the one whose {how} is shown as gone", 12)
    if here.socket.over or not here.socket.pings:
        raise here.failed("pings to the one who stays", "none")
    await here.say("still here")
