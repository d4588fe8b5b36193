from backroad.verifier import Answer, Bench, check, expect

EACH, ANSWER, DAY, AT_ONCE = 40, 100, 250, 8  # tokens that the stand-in spends; at most for one answer; for a day


@check(needs=("blog.summarises_articles",), control=True, seconds=20)
async def run(bench: Bench) -> None:
    """Nobody spends more than AI_DAY_TOKENS a day, also with eight requests at once; then 429 with Retry-After.

    A script in a loop costs a month's budget in a night. A cap that looks first and counts afterwards lets everybody
    through who comes in the same second.

    Fix: reserve the most that an answer may cost in one conditional UPDATE before the call, and give back the rest.
    """
    driver = bench.driver
    instance = await driver.instance(env={"AI_DAY_TOKENS": str(DAY), "AI_ANSWER_TOKENS": str(ANSWER)})
    slugs = [await driver.subject() for _ in range(AT_ONCE)]
    async with driver.standin.slow(0.3), driver.standin.counting() as seen:
        answers = list(await instance.ask_at_once(slugs))
        answers += [await instance.ask(slug) for slug in slugs]
    most = (DAY - ANSWER) // EACH + 1
    expected = f"at most {most} calls of {EACH} tokens, where {DAY} may be spent"
    expect.that(seen.count <= most, expected=expected, got=f"{seen.count} calls", answer=answers)
    refused = [one for one in answers if isinstance(one, Answer) and one.status == 429]
    expect.that(refused, expected=f"429 beyond {DAY} tokens", got=f"{seen.count} calls and no 429", answer=answers)
    driver.refusal(refused[0], 429)
    expect.header(refused[0], "retry-after", matches=r"^[1-9]\d*$")
    used = seen.count >= 3
    expect.that(
        used, expected="at least three calls, since the rest is given back", got=f"{seen.count}", answer=answers
    )
    other = await driver.person()
    fresh = bench.client(other.credentials, target=instance.target)
    expect.status(await fresh.send(bench.request("POST", driver.ask(slugs[-1]).path)), 200)
