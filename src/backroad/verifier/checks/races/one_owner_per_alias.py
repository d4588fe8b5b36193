from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows

CLAIMANTS = 20


@check(needs=("data.refuses_duplicates",))
async def run(bench: Bench) -> None:
    """A unique name has one owner, even when twenty clients claim it at once.

    "Look whether it is free, then insert" has a gap between the two. Under load somebody else is in it, and two people
    own one name.

    Fix: a unique index, and 409 when it is violated; a look before the insert is a race.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    people = [await driver.person() for _ in range(2)]
    for _ in range(3):
        name = bench.word("promo-")
        claims = [
            people[number % 2].request("POST", collection.path, json=driver.draft(**{collection.unique: name}))
            for number in range(CLAIMANTS)
        ]
        answers = await bench.at_once(claims)
        won = expect.exactly_one(answers, 201, rest=409)
        owner = people[answers.index(won) % 2]
        shows(expect.status(await owner.client.get(driver.path_of(won)), 200), won.json())
