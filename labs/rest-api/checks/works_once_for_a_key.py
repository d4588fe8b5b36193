from backroad.verifier import Bench, check, expect

COPIES, ROUNDS = 8, 3


@check(needs=("rest-api.repeats_answers_by_key", "durability.survives_kill"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """Eight copies of one request at the same moment make one task, and the key is known after kill -9.

    An impatient client does not wait for the first answer. "Look for the key, then work, then store it" lets all eight
    look before one stores.

    Fix: insert the key first, in the transaction that does the work: the unique index makes the others wait, and then
    they find the answer.
    """
    driver = bench.driver
    person = await driver.person()
    project = await driver.create(person)
    for number in range(1, ROUNDS + 1):
        key = {"Idempotency-Key": bench.word("key-")}
        request = person.request("POST", f"{project.path}/tasks", headers=key, json={"title": f"Task {number}"})
        answers = await bench.at_once(COPIES, request)
        expect.all_of(answers, (201, 409))  # 409: another copy is under way
        listed = expect.status(await person.client.get("/v2/tasks"), 200)
        expect.equal(len(listed.json()["items"]), number, what="the number of tasks", answer=answers)
    await bench.target.kill()
    await bench.target.start()
    again = expect.status(await person.client.send(request), 201)
    expect.equal(again.json(), listed.json()["items"][0], what="the answer after kill -9", answer=again)
