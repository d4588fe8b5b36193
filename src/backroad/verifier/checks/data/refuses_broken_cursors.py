import base64

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

UNREADABLE = ("not a cursor", "' OR '1'='1", "../../etc/passwd", "\U0001f422", "%", "{}", "x" * 2000)
ODD = ("0", "-1", "1", "9" * 40, "NaN", "MQ", "LTE", base64.urlsafe_b64encode(b"9" * 30).decode())


@check(needs=("data.pages_hold_everything_once",), assumes=("own lists",))
async def run(bench: Bench) -> None:
    """A cursor that the server did not issue is refused with 422, and never shows anything of others.

    A cursor is input like any other. People change it, cut it when copying, and try what is behind it.

    Fix: decode it strictly, answer 422 when that fails, and keep the owner in the query, never in the cursor.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    alice, bob = await driver.person(), await driver.person()
    for _ in range(2):
        await driver.create(alice)
    own = await driver.create(bob)
    for cursor in UNREADABLE:
        answer = await bob.client.get(collection.path, query={collection.cursor: cursor})
        driver.refused(answer, collection.cursor)
    first = expect.status(await alice.client.get(collection.path, query={collection.limit: 1}), 200)
    hers = expect.field(first, collection.next_cursor, type=str)
    for cursor in (*ODD, hers, hers[:-1], hers[1:], hers[::-1]):
        answer = await bob.client.get(collection.path, query={collection.cursor: cursor})
        expect.status(answer, (200, 422))
        shown = answer.json()[collection.items] if answer.status == 200 else []
        foreign = [item for item in shown if driver.path_of_item(item) != own.path]
        expect.that(not foreign, expected="nothing of others", got="something of another owner", answer=answer)
