from backroad.verifier import Bench, check, expect


@check(needs=("data.creates", "access.hides_what_belongs_to_others"))
async def run(bench: Bench) -> None:
    """The owner adds and removes members; members see the room and may leave; strangers can do none of it.

    Who may let others in is the question that every chat gets wrong once. A member is not an owner, and a stranger
    must not learn that the room exists.

    Fix: two look-ups, "of this member" and "of this owner": 404 where the first finds nothing, 403 where only the
    second does.
    """
    driver = bench.driver
    owner, member, stranger = [await driver.person() for _ in range(3)]
    path = driver.room_path(await driver.room(owner, member))
    ids = {driver.name_of(person) for person in (owner, member)}
    theirs, hers = f"{path}/members/{driver.name_of(stranger)}", f"{path}/members/{driver.name_of(member)}"
    expect.status(await member.client.get(path), 200)
    answer = expect.status(await member.client.get(f"{path}/members"), 200)
    shown = [str(item.get("id")) for item in expect.field(answer, "items", type=list)]
    expect.equal(sorted(shown), sorted(ids), what="the members", answer=answer)
    for request in (member.request("PUT", theirs), member.request("PATCH", path, json={"topic": "Mine"})):
        expect.problem(await bench.client().send(request), 403)
    expect.problem(await member.client.delete(path), 403)
    for method in ("PUT", "DELETE"):
        expect.problem(await stranger.client.request(method, theirs), 404)
    expect.problem(await stranger.client.get(f"{path}/members"), 404)
    expect.problem(await owner.client.put(f"{path}/members/nobody"), 404)
    expect.status(await owner.client.put(hers), 204)  # again: still a member
    expect.status(await member.client.delete(hers), 204)
    expect.problem(await member.client.get(path), 404)
    expect.problem(await owner.client.delete(hers), 404)
    expect.problem(await owner.client.delete(f"{path}/members/{driver.name_of(owner)}"), 403)
