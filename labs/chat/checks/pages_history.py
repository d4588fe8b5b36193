from backroad.verifier import Bench, check, expect


@check(needs=("chat.acknowledges_messages", "access.hides_what_belongs_to_others"), seconds=15)
async def run(bench: Bench) -> None:
    """The history pages by number: those after `after`, oldest first, at most `limit`, and the room's last number.

    A client that was away for a week fetches what it missed in pages. "After this number" holds still while others
    write; "page 3" does not.

    Fix: `WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?`; refuse limits and numbers that are none with 422.
    """
    driver = bench.driver
    room, people, (writer, _) = await driver.pair()
    for number in range(55):
        await writer.say(f"message {number}")
    client, path = people[1].client, f"{driver.room_path(room)}/messages"
    pages = {
        "": range(1, 51),
        "?after=50": range(51, 56),
        "?after=55": [],
        "?limit=1": [1],
        "?after=10&limit=2": [11, 12],
    }
    for query, numbers in pages.items():
        answer = expect.status(await client.get(path + query), 200)
        shown = [message.get("seq") for message in expect.field(answer, "items", type=list)]
        expect.equal(shown, list(numbers), what="the numbers of the page", answer=answer)
        expect.field(answer, "last_seq", equals=55)
    for field, wrong in (("limit", "0"), ("limit", "201"), ("limit", "x"), ("after", "-1"), ("after", "1.5")):
        driver.refused(await client.get(path, query={field: wrong}), field)
    stranger = await driver.person()
    expect.problem(await stranger.client.get(path), 404)
