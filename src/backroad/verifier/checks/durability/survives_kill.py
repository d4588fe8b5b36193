from backroad.verifier import Answer, Bench, Failed, check, expect
from backroad.verifier.driver import LabDriver
from backroad.verifier.wording import tally


@check(needs=("durability.survives_restart",), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """What was answered 201 is still there after kill -9 right after the answer.

    Out of memory, a lost machine, an impatient operator: nobody asks first. A 201 is a promise, and the client has
    thrown its copy away.

    Fix: commit (and sync) before you answer; write-behind buffers and saving at exit are for what may be lost.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    path = driver.collection.path
    answers = await bench.at_once(10, lambda: person.request("POST", path, json=driver.draft()))
    await bench.target.kill()
    await bench.target.start()
    kept = [driver.created(answer) for answer in answers if isinstance(answer, Answer) and answer.status // 100 == 2]
    expect.that(len(kept) == 10, expected="ten 201 before the kill", got=f"{len(kept)}", answer=answers)
    shown = [await person.client.get(thing.path) for thing in kept]
    lost = [answer for answer in shown if answer.status != 200]
    if lost:
        raise Failed(
            sent=f"10 × POST {path}, all answered 201, then kill -9, a new start, and a GET of each",
            expected="ten 200",
            got=tally(answer.status for answer in shown),
            exchanges=[lost[0].exchange],
        )
