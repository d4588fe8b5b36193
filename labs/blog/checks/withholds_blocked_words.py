from backroad.verifier import Bench, check, expect


@check(needs=("blog.summarises_articles",), control=True, seconds=15)
async def run(bench: Bench) -> None:
    """A topic with a blocked word is refused before the model is asked, and an answer with one is not shown.

    What the model says under your name is said by you. And a refusal that comes after the call has been paid for.

    Fix: judge both ways in one function, before the call and before the answer, ignoring case: 422, and keep nothing.
    """
    driver = bench.driver
    word = bench.word("blocked")
    instance = await driver.instance(env={"BLOCKED_WORDS": f"unused, {word}"})
    slug = await driver.subject()
    driver.standin.say(f"This is {word.upper()}.", to=slug.rpartition("-")[2])
    answer = await instance.ask(slug)
    driver.refusal(answer, 422)
    expect.that(word not in answer.text.lower(), expected="nothing of the text", got="the blocked word", answer=answer)
    async with driver.standin.counting() as seen:
        request = driver.ask_for_stream(f"{slug} and {word.title()}")
        driver.refusal(await instance.client.send(request), 422)
        expect.that(seen.count == 0, expected="no call of the model", got=f"{seen.count}", answer=answer)
    expect.status(await instance.ask(await driver.subject()), 200)
