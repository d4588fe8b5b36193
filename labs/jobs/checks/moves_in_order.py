from backroad.verifier import Bench, check, expect

OF_THE_RECRUITER = {
    "submitted": ("reviewing", "rejected"),
    "reviewing": ("offered", "rejected"),
    "offered": (),
}
OF_THE_CANDIDATE = {"submitted": ("withdrawn",), "reviewing": ("withdrawn",), "offered": ("hired", "withdrawn")}
STATES = ("submitted", "reviewing", "offered", "hired", "rejected", "withdrawn")


@check(needs=("jobs.takes_applications",), seconds=10)
async def run(bench: Bench) -> None:
    """An application goes from state to state as the contract draws it: the other's move is 403, any other 409.

    With a state that anybody may set to anything, a candidate hires themselves and a withdrawn application gets an
    offer. Reports then add up to nothing.

    Fix: write the moves down as a table of (from, to) and whose move it is; refuse what is not in it, in the
    transaction that has read the state.
    """
    driver = bench.driver
    recruiter, candidate = await driver.person(), await driver.uploader()
    application = await driver.apply(candidate, await driver.create(recruiter))
    for state, onwards in (("submitted", "reviewing"), ("reviewing", "offered"), ("offered", "hired")):
        for to in STATES:
            theirs, own = to in OF_THE_RECRUITER[state], to in OF_THE_CANDIDATE[state]
            for person, may, others in ((recruiter, theirs, own), (candidate, own, theirs)):
                if not may:
                    answer = await person.client.patch(application.path, json={"state": to})
                    expect.problem(answer, 403 if others else 409)
        mover = recruiter if onwards in OF_THE_RECRUITER[state] else candidate
        moved = expect.status(await driver.move(mover, application, onwards), 200)
        expect.field(moved, "state", equals=onwards)
    for person in (recruiter, candidate):
        for to in STATES:
            expect.problem(await person.client.patch(application.path, json={"state": to}), 409)
    driver.refused(await recruiter.client.patch(application.path, json={"state": "promoted"}), "state")
    shown = expect.status(await candidate.client.get(application.path), 200)
    expect.field(shown, "state", equals="hired")
