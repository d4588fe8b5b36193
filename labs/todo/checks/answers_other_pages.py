from backroad.verifier import Bench, check, expect

PAGE = "https://todo.example"


@check()
async def run(bench: Bench) -> None:
    """A page of another origin may read the list: the answer names it, or everybody, in Access-Control-Allow-Origin.

    The clients of this contract are web pages that live elsewhere. Without the header the browser throws your answer
    away and shows the page an error without a reason.

    Fix: send `Access-Control-Allow-Origin: *` with every answer, refusals included.
    """
    driver = bench.driver
    answer = await bench.client().get(await driver.root(), headers={"Origin": PAGE})
    expect.status(answer, 200)
    expect.header(answer, "Access-Control-Allow-Origin", matches=rf"^(\*|{PAGE})$")
