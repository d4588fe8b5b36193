from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.realtime import Seat


@check(needs=("chat.has_members", "realtime.closes_with_a_code", "chat.refuses_outsiders"), seconds=20)
async def run(bench: Bench) -> None:
    """Who is removed is disconnected with 4403 and hears nothing more; a deleted room ends with 4404 for all.

    Permissions are checked when a connection opens, and it stays open for days. Whoever was dismissed on Monday still
    reads along on Friday.

    Fix: when membership changes, look through the open connections of the room and end those that have lost it.
    """
    driver = bench.driver
    room, people, (owner, removed, member) = await driver.pair(3)
    path = driver.room_path(room)
    expect.status(await people[0].client.delete(f"{path}/members/{driver.name_of(people[1])}"), 204)
    await ends(removed, 4403, "removed from the room")
    said = await owner.say("among ourselves")
    await member.gets(said, "the message to those who stayed")
    removed.must(not removed.heard, "nothing for the one who was removed", "the message")
    refused = await bench.upgrade(driver.seat_path(room), headers=people[1].credentials)
    expect.problem(refused.answer, 404)
    expect.status(await people[0].client.delete(path), 204)
    for seat in (owner, member):
        await ends(seat, 4404, "in a room that was deleted")


async def ends(seat: Seat, code: int, what: str) -> None:
    closing = await seat.socket.end(5)
    if closing is None or closing.code != code:
        got = str(closing) if closing is not None else "a connection that stays open"
        raise seat.failed(f"close {code} for somebody {what}", got)
