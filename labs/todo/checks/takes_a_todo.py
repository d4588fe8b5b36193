from backroad.verifier import Bench, check, expect


@check()
async def run(bench: Bench) -> None:
    """POST of a title makes a todo: the answer shows it, not completed yet.

    The page shows what you answer, not what it sent. Fields that only the next GET shows are missing on the screen.

    Fix: store the todo, then answer 201 with all of its fields, `completed` false unless the client said otherwise.
    """
    driver = bench.driver
    title = bench.word("walk the dog ")
    answer = await driver.post(await driver.root(), title=title)
    expect.field(answer, "title", equals=title)
    expect.field(answer, "completed", equals=False)
