import contextlib

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.graphql import ask, operation
from backroad.verifier.wording import excerpt

MADE = "disk of rack 7 is full"  # what the database says of its trouble
SIGNS = (
    "Traceback", 'File "', "stacktrace", "node_modules", "site-packages", "at Object.", "psycopg", "sqlite3",
    "SQLSTATE", "SELECT ", "INSERT INTO", "syntax error at or near", "java.lang.", "goroutine", "panic:",
    ".php on line", MADE,
)  # fmt: skip


@check(needs=("graphql.answers_invalid_queries",))
async def run(bench: Bench) -> None:
    """Errors show no stack traces, SQL or file paths, whatever is asked and whatever breaks.

    Most GraphQL libraries put the message of any exception into `errors`. It tells strangers your tables, your
    libraries and where the files are.

    Fix: show the messages of errors that you raise on purpose; for every other one answer a fixed sentence and write
    the error to the log.
    """
    driver: GraphQL = bench.driver
    client = bench.client()
    for what, (query, variables) in driver.odd_values().items():
        bench.log(f"trying {what}")
        answer = await ask(client, query, variables, path=driver.graphql)
        expect.no_5xx(answer)
        silent(bench, answer)
    with contextlib.suppress(Unavailable):
        database = bench.dependency("postgres")
        async with database.fail(1, "53100", message=MADE, times=3):
            silent(bench, await client.send(operation(driver.query_of_size(1), path=driver.graphql)))


def silent(bench: Bench, answer: Answer) -> None:
    own = (str(bench.target.folder),) if bench.target.controllable else ()
    for sign in (*SIGNS, *own):
        at = answer.text.find(sign)
        if at >= 0:
            got = f"{answer.status} {excerpt(answer.text[max(0, at - 40) : at + 80])}"
            expect.that(False, expected="an answer without insides", got=got, answer=answer)
