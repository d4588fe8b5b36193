from backroad.verifier import Answer, Bench, check, expect

PAGE = "https://todo.example"


@check(needs=("todo.answers_other_pages", "todo.takes_a_todo"))
async def run(bench: Bench) -> None:
    """A browser that asks first is told that POST, PATCH and DELETE with a JSON body may be sent.

    Before such a request a browser sends OPTIONS. A 404 or 405 there, or a method that is missing from the answer, and
    the request itself is never sent.

    Fix: answer OPTIONS on the list and on each todo with Access-Control-Allow-Methods and
    `Access-Control-Allow-Headers: Content-Type`, with any status from 200 to 299.
    """
    driver = bench.driver
    root = await driver.root()
    path = driver.path_behind(await driver.post(root))
    for where, method in ((root, "POST"), (root, "DELETE"), (path, "PATCH"), (path, "DELETE")):
        asked = {
            "Origin": PAGE, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type",
        }  # fmt: skip
        answer = expect.status(await bench.client().request("OPTIONS", where, headers=asked), range(200, 300))
        expect.header(answer, "Access-Control-Allow-Origin", matches=rf"^(\*|{PAGE})$")
        names(answer, "Access-Control-Allow-Headers", "content-type")
        if method != "POST":  # a browser needs no leave for GET, HEAD and POST
            names(answer, "Access-Control-Allow-Methods", method)


def names(answer: Answer, header: str, wanted: str) -> None:
    found = expect.header(answer, header)
    words = [word.strip().lower() for word in found.split(",")]
    expect.that(
        "*" in words or wanted.lower() in words,
        expected=f"{header} with {wanted}",
        got=f"{header}: {found}",
        answer=answer,
    )
