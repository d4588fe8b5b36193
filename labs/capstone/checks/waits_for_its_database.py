import asyncio
import re

import msgspec

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.checks.operations.logs import TRACE, last
from backroad.verifier.drivers.operations import Operated
from backroad.verifier.errors import StartFailed
from backroad.verifier.target import free_port

SECRET = "l3tm31n-word"
SAID = re.compile(r"(?i)database|postgres|5432|connection|ECONNREFUSED")
PATIENCE = 5.0  # seconds until the log has said so


@check(needs=("operations.refuses_wrong_configuration",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """Started while its database is away, it waits without being ready, or exits, and says why without the password.

    After a power cut everything starts at once, and the database last. A server that says it is ready is sent people;
    one that writes its connection string into the log has published its password.

    Fix: readiness asks the database; write one line that names the host or the variable, never the URL.
    """
    driver: Operated = bench.driver
    away = f"postgresql://app:{SECRET}@127.0.0.1:{free_port()}/app"
    alone = bench.target.twin({"DATABASE_URL": away, "PGPORT": str(free_port()), "PGPASSWORD": SECRET})
    alone.server = msgspec.structs.replace(alone.server, ready="")  # that its port is open will do
    sent = "a start with a DATABASE_URL at which nothing listens"
    try:
        await alone.start()
    except StartFailed as failed:
        if alone.exit_code == 0:
            raise Failed(sent=sent, expected="a status that is not 0", got="exit status 0") from failed
    else:
        client = bench.client(target=alone)
        answer = await client.get(driver.ready, timeout=10)
        expect.that(answer.status == 503, expected=f"503 at {driver.ready}", got=str(answer.status), answer=answer)
        expect.status(await client.get(driver.health), 200)
        for _ in range(int(PATIENCE / 0.1)):
            if SAID.search(alone.logs()):
                break
            await asyncio.sleep(0.1)
    finally:
        log = alone.logs()
        alone.close()
    if SECRET in log:
        raise Failed(sent=sent, expected="no password in the log", got="the password, in the log")
    if not SAID.search(log):
        raise Failed(sent=sent, expected="a line that says the database is away", got=last(log))
    if TRACE.search(log):
        raise Failed(sent=sent, expected="a sentence", got=f"a stack trace, which ends in: {last(log)}")
