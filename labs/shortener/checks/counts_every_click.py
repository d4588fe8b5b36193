from backroad.verifier import Bench, check, expect

VISITORS, ROUNDS = 50, 3


@check(needs=("shortener.counts_clicks", "limits.leaves_hits_alone"), seconds=15)
async def run(bench: Bench) -> None:
    """Fifty clicks at the same moment are fifty clicks.

    Reading a count, adding one and writing it back loses all but one of those who read the same number.

    Fix: let the database add: `UPDATE links SET clicks = clicks + 1`, or an atomic counter that is flushed.
    """
    driver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    for number in range(1, ROUNDS + 1):
        answers = await bench.at_once(VISITORS, driver.hit(thing))
        expect.all_of(answers, 302)
        shown = expect.status(await person.client.get(thing.path), 200)
        expect.equal(shown.json()["clicks"], number * VISITORS, what="the number of clicks", answer=shown)
