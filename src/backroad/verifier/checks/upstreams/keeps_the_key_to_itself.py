from functools import partial

from backroad.verifier import Answer, Bench, Failed, check
from backroad.verifier.drivers.upstreams import Upstreams
from backroad.verifier.wording import excerpt


@check(needs=("upstreams.answers_from_it",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """The key of the upstream is in no answer, no header and no line of the log, whatever goes wrong.

    Client libraries put the whole URL, key and all, into the text of their exceptions and into their logs. From there
    it goes to an error page, a log service, a ticket.

    Fix: send the key in a header where the upstream takes one; never pass on an exception's text; turn down the client
    library's log, and log what you chose yourself.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance(timeout=0.3)
    for trouble, begin in (
        ("the upstream is well", partial(standin.slow, 0)),
        ("the upstream answers 500", partial(standin.wrong, "error")),
        ("the upstream answers 401", partial(standin.wrong, "error", status=401)),
        ("the upstream answers 429", partial(standin.limit, retry_after=0)),
        ("the upstream sends bytes that are no JSON", partial(standin.wrong, "garbage")),
        ("the upstream sends JSON of another shape", partial(standin.wrong, "shape")),
        ("the upstream never answers", partial(standin.wrong, "silent")),
        ("the upstream closes without an answer", partial(standin.wrong, "lost")),
        ("the upstream refuses connections", standin.down),
    ):
        async with begin():
            for subject in (await driver.subject(), driver.unknown()):
                look(await instance.ask(subject), instance.target.logs(), standin.key, trouble)


def look(answer: Answer, log: str, key: str, trouble: str) -> None:
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
    for where, text in (("header", headers), ("line of the body", answer.text), ("line of the log", log)):
        line = next((line for line in text.splitlines() if key in line), "")
        if line:
            exchange = answer.exchange
            sent = f"{exchange.method} {exchange.path}, while {trouble}"
            shown = excerpt(line.replace(key, "<the key>"), 160)
            raise Failed(sent=sent, expected="the key nowhere", got=f"a {where}: {shown}", exchanges=[exchange])
