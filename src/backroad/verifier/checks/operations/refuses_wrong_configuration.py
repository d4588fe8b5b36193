import re

from backroad.verifier import Bench, Failed, check
from backroad.verifier.checks.operations.logs import TRACE, last
from backroad.verifier.drivers.operations import Operated
from backroad.verifier.errors import StartFailed

EXITED = re.compile(r"exited with code (-?\d+)")


@check(needs=("http.answers_health",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """With a setting that cannot be used the server does not start, and says which one in a sentence.

    A wrong setting that is noticed at the first request is noticed by a customer. A stack trace hides the one word that
    matters, and often shows the password in it.

    Fix: read and check all settings before you listen; on a wrong one write a line to standard error that names the
    variable and not its secret, and exit with a status that is not 0.
    """
    driver: Operated = bench.driver
    for name, values in driver.wrong_settings().items():
        for what, value in values.items():
            sent = f"a start with {name} set to {what}"
            log, code = await start(bench, {name: value})
            if code is None:
                raise Failed(sent=sent, expected="it exits with a status that is not 0", got="it went on running")
            if code == 0:
                raise Failed(sent=sent, expected="a status that is not 0", got="exit status 0")
            if name not in log:
                raise Failed(sent=sent, expected=f"a sentence that names {name}", got=last(log))
            if TRACE.search(log):
                raise Failed(sent=sent, expected="a sentence", got=f"a stack trace, which ends in: {last(log)}")
            if driver.secret_in_settings in log:
                raise Failed(sent=sent, expected="no password in the log", got="the password, in the log")


async def start(bench: Bench, env: dict[str, str]) -> tuple[str, int | None]:
    """What it wrote, and its exit status; None if it had to be ended."""
    twin = bench.target.twin(env)
    try:
        await twin.start()
    except StartFailed as error:
        found = EXITED.search(error.sentence)
        return twin.logs(), int(found[1]) if found else None
    finally:
        twin.close()
    return "", None
