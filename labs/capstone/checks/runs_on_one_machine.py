from backroad.verifier import Bench, check


@check(control=True)
async def run(bench: Bench) -> None:
    """A compose file starts everything, in the right order, without passwords in it and without an open database.

    It is the environment that everybody has: the new colleague, the test, the small customer. A published port 5432
    with the password from the file is found by scanners within hours.

    Fix: each line of the finding names the rule in brackets; backroad explain says what it wants.
    """
    bench.driver.judge_files("a compose file", "compose_")
