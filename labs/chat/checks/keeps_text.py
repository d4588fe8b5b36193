from backroad.verifier import Bench, check, expect

TEXTS = (
    "na\u00efve caf\u00e9",
    "a\u0301 and \u00e1 are not the same",
    "\u65e5\u672c\u8a9e \u05e2\u05d1\u05e8\u05d9\u05ea \u0639\u0631\u0628\u064a",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 in one",
    " blanks at both ends ",
    "quotes ' \" back\\slash &amp; <b>bold</b> <script>alert(1)</script>",
    "a tab\tand a line\nbreak and \u2028 another",
    "a bell \u0007 in the middle",
)


@check(needs=("chat.acknowledges_messages",), seconds=15)
async def run(bench: Bench) -> None:
    """Text arrives exactly as it was sent, in any script, live and from the history.

    People talk in all scripts and in code. What is trimmed, escaped or normalised on the way is wrong in one client
    and shown twice escaped in the next.

    Fix: UTF-8 and JSON from end to end; escape where HTML is written, which is in the client.
    """
    driver = bench.driver
    room, people, (writer, listener) = await driver.pair()
    for number, text in enumerate(TEXTS, 1):
        await writer.say(text)
        writer.equal((await listener.hears(number))[-1].text, text, "the text as it was delivered")
    kept = [message.get("text") for message in await driver.history(room, people[1])]
    for one, text in zip(kept, TEXTS, strict=False):
        expect.equal(one, text, what="the text in the history")
    expect.equal(len(kept), len(TEXTS), what="the count of messages in the history")
