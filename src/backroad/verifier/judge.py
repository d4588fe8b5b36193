"""Runs one check on its bench and turns whatever happens into a verdict."""

import asyncio
import traceback

import msgspec

from backroad.verifier.answer import LostAnswer
from backroad.verifier.bench import Bench
from backroad.verifier.check_file import Check
from backroad.verifier.curl import curl_command, describe
from backroad.verifier.errors import StartFailed
from backroad.verifier.exchange import Exchange
from backroad.verifier.masking import mask
from backroad.verifier.verdict import Failed, Finding, Unclear, Verdict
from backroad.verifier.wording import seconds

KEPT_EXCHANGES = 60
KEPT_LOG = 20
DYING = 0.25  # seconds to wait for a process that has closed its connections to be gone


class Outcome(msgspec.Struct, frozen=True):
    verdict: Verdict
    reason: str = ""
    finding: Finding | None = None


class OutOfTime(Exception):
    pass


async def judge(check: Check, bench: Bench, *, debug: bool = False) -> Outcome:
    """The verdict of one check. Exceptions other than the check's own verdicts are our bug: unclear."""
    mark = bench.target.log.total
    lost = False
    try:
        await within_budget(check, bench)
        outcome = Outcome(Verdict.PASSED)
    except Failed as failed:
        outcome = Outcome(Verdict.FAILED, finding=finding(check, bench, failed, mark))
    except LostAnswer as no_answer:
        lost = True
        got = f"no answer: the target {no_answer.reason}"
        failed = Failed(expected="an answer", got=got, exchanges=(no_answer.exchange,))
        outcome = Outcome(Verdict.FAILED, finding=finding(check, bench, failed, mark))
    except StartFailed as error:
        failed = Failed(sent="a new start of the server", expected="it starts and answers", got=error.sentence)
        outcome = Outcome(Verdict.FAILED, finding=finding(check, bench, failed, mark))
    except Unclear as unclear:
        outcome = Outcome(Verdict.UNCLEAR, unclear.reason)
    except OutOfTime:
        used = f"after {bench.journal.answered} answers" if bench.journal.answered else "before any answer"
        outcome = Outcome(Verdict.UNCLEAR, f"the check used up its {seconds(check.seconds)}, {used}")
    except Exception as error:
        reason = f"the check itself broke: {type(error).__name__}: {error}".rstrip(": ")
        outcome = Outcome(Verdict.UNCLEAR, traceback.format_exc() if debug else reason)
    ended = await process_ended(bench, lost or bench.journal.lost > 0)
    return outcome if ended is None else blame(check, bench, outcome, ended, mark)


async def within_budget(check: Check, bench: Bench) -> None:
    """Cancels a check that is over its time, but lets requests that wait for an answer run into their own limit."""
    task = asyncio.ensure_future(check.run(bench))
    try:
        await asyncio.wait([task], timeout=check.seconds)
        if not task.done() and bench.journal.patience() > 0:
            await asyncio.wait([task], timeout=bench.journal.patience() + 0.05)
        if not task.done():
            raise OutOfTime
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=1)
        bench.close()
    task.result()


async def process_ended(bench: Bench, suspicious: bool) -> int | str | None:
    """How the target ended by itself: its exit code, or a text; None while it lives or when the check ended it."""
    target = bench.target
    if not target.controllable:
        return None
    for _ in range(int(DYING / 0.01) if suspicious else 1):
        if not target.wanted_up:
            return None
        if target.exit_code is not None:
            break
        if suspicious:
            await asyncio.sleep(0.01)
    if not await target.down():
        return None
    return "unknown" if target.exit_code is None else target.exit_code


def blame(check: Check, bench: Bench, outcome: Outcome, ended: int | str, mark: int) -> Outcome:
    """The check after which the server process is gone has failed, whatever it saw."""
    decisive = next((one for one in reversed(bench.journal.exchanges) if one.status is None), None)
    decisive = decisive or (bench.journal.exchanges[-1] if bench.journal.exchanges else None)
    while_ = f" while {decisive.method} {decisive.path} waited for its answer" if decisive and not decisive.status else ""
    how = f"exit code {ended}" if isinstance(ended, int) else "nothing listens on its port any more"
    got = f"the server process ended, {how},{while_}".rstrip(",")
    if outcome.finding is not None and not outcome.finding.got.startswith("no answer"):
        got = f"{outcome.finding.got}; then {got}"
    failed = Failed(expected="the server goes on running", got=got, exchanges=(decisive,) if decisive else ())
    return Outcome(Verdict.FAILED, finding=finding(check, bench, failed, mark))


def finding(check: Check, bench: Bench, failed: Failed, mark: int) -> Finding:
    journal = bench.journal
    decisive: tuple[Exchange, ...] = failed.exchanges or tuple(journal.exchanges)[-1:]
    base_url = "$BASE_URL" if bench.target.controllable else bench.target.base_url
    return Finding(
        sent=failed.sent or describe(decisive),
        expected=failed.expected,
        got=failed.got,
        why=check.why,
        fix=check.fix,
        again=f"backroad prove --only {check.id} --seed {bench.seed}",
        curl=curl_command(decisive[0], base_url) if decisive else "",
        exchanges=tuple(map(mask, tuple(journal.exchanges)[-KEPT_EXCHANGES:])),
        log=tuple(journal.lines),
        server_log=tuple(line[:400] for line in bench.target.log.since(mark).splitlines() if line.strip())[-KEPT_LOG:],
    )
