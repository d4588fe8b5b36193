from backroad.verifier import Bench, check

GOOD = {
    "2,000 characters": ("a" * 64, "x" * 2000),
    "2,000 characters outside of the first 65,536": ("b", "\U0001f422" * 2000),
    "one character": ("A_-9", "?"),
}
BAD = {
    "an empty text": {"text": ""},
    "2,001 characters": {"text": "x" * 2001},
    "a text that is null": {"text": None},
    "an empty id": {"id": ""},
    "an id of 65 characters": {"id": "a" * 65},
    "an id with a blank": {"id": "a b"},
    "an id that ends in a line break": {"id": "a\n"},
    "a field that does not exist": {"colour": "red"},
    "a number of its own": {"seq": 1000},
}


@check(needs=("realtime.refuses_nonsense",), seconds=15)
async def run(bench: Bench) -> None:
    """A message within its limits is taken; one that breaks a rule is answered with the error `invalid` and its id.

    The socket is an API like any other, and it is the one whose input nobody checks. The id tells the client which of
    its messages it has to mark as failed.

    Fix: use the same judges for messages as for bodies; count characters, not bytes or UTF-16 units.
    """
    driver = bench.driver
    _, _, (seat, listener) = await driver.pair()
    for what, (name, text) in GOOD.items():
        seat.push(text, id=name)
        await seat.acknowledges(name, f"an acknowledgement of {what}")
    for number, (what, fields) in enumerate(BAD.items(), 1):
        name = fields.get("id", f"bad-{number}")
        seat.socket.push({**driver.saying(name, "fine"), **fields})
        await seat.refuses(number, f"the error invalid for {what}")
        refused = seat.refused[-1]
        got = f"the error {refused.why} with the id {refused.id!r}, for {what}"
        fine = refused.why == "invalid" and refused.id == name
        seat.must(fine, f"the error invalid with the id of the message, for {what}", got)
    said = await seat.say("the last one")
    await listener.gets(said, "the last message")
    listener.equal(len(listener.heard), len(GOOD) + 1, "the count of delivered messages")
