"""Runs one check on its bench and turns whatever happens into a verdict."""

import asyncio
import time
import traceback

import msgspec

from backroad.verifier.answer import LostAnswer
from backroad.verifier.bench import Bench
from backroad.verifier.check_file import Check
from backroad.verifier.curl import curl_command, describe
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.errors import StartFailed
from backroad.verifier.exchange import Exchange
from backroad.verifier.masking import mask
from backroad.verifier.verdict import Failed, Finding, Unclear, Verdict
from backroad.verifier.wording import clean, seconds

KEPT_EXCHANGES = 60
KEPT_LOG = 20
KEPT_PLOTS = 2
NO_ANSWER = "no answer: the target"
DYING = 0.25  # seconds to wait for a process that has closed its connections to be gone


class Outcome(msgspec.Struct, frozen=True):
    verdict: Verdict
    reason: str = ""
    finding: Finding | None = None
    plots: tuple[str, ...] = ()


class OutOfTime(Exception):
    pass


async def judge(check: Check, bench: Bench, *, debug: bool = False) -> Outcome:
    """The verdict of one check. Exceptions other than the check's own verdicts are our bug: unclear."""
    mark = bench.target.log.total
    failed: Failed | None = None
    outcome = Outcome(Verdict.PASSED)
    try:
        await within_budget(check, bench)
    except Failed as error:
        failed = error
    except LostAnswer as lost:
        failed = Failed(expected="an answer", got=f"{NO_ANSWER} {lost.reason}", exchanges=(lost.exchange,))
    except StartFailed as error:
        failed = Failed(sent="a new start of the server", expected="it starts and answers", got=error.sentence)
    except Unclear as error:
        outcome = Outcome(Verdict.UNCLEAR, clean(error.reason))
    except Unavailable as missing:
        outcome = Outcome(Verdict.NOT_RUN, clean(str(missing)))
    except OutOfTime:
        used = f"after {bench.journal.answered} answers" if bench.journal.answered else "before any answer"
        outcome = Outcome(Verdict.UNCLEAR, f"the check used up its {seconds(check.seconds)}, {used}")
    except Exception as error:
        reason = f"the check itself broke: {type(error).__name__}: {error}".rstrip(": ")
        outcome = Outcome(Verdict.UNCLEAR, clean(traceback.format_exc() if debug else reason))
    ended = await how_it_ended(bench)
    if ended:
        failed = blame(bench, failed, ended)
    if failed:
        outcome = Outcome(Verdict.FAILED, finding=finding(check, bench, failed, mark))
    return msgspec.structs.replace(outcome, plots=tuple(bench.plots[-KEPT_PLOTS:]))


async def within_budget(check: Check, bench: Bench) -> None:
    """Cancels a check that is over its time, but lets requests that wait for an answer run into their own limit."""
    task = asyncio.ensure_future(check.run(bench))
    try:
        await asyncio.wait([task], timeout=check.seconds)
        if not task.done():
            await last_answers(task, bench)
        if not task.done():
            raise OutOfTime
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=1)
        bench.close()
        error = task.exception() if task.done() and not task.cancelled() else None  # seen, so that nobody logs it
    if task.cancelled():
        raise RuntimeError("it cancelled itself")
    if error is not None:
        raise first_verdict(error)


async def last_answers(task: asyncio.Future[None], bench: Bench) -> None:
    """Until every request that waits now has been answered or given up, or the check is over."""
    waiting = bench.journal.unanswered()
    deadline = max(waiting.values(), default=0.0) + 0.05
    while waiting.keys() & bench.journal.unanswered().keys() and time.perf_counter() < deadline:
        await asyncio.wait([task], timeout=0.01)
        if task.done():
            return
    await asyncio.wait([task], timeout=0.02)


def first_verdict(error: BaseException) -> BaseException:
    """Out of the group that a task group raises, the verdict of the check."""
    if isinstance(error, BaseExceptionGroup):
        for inner in map(first_verdict, error.exceptions):
            if isinstance(inner, Failed | LostAnswer | StartFailed | Unavailable | Unclear):
                return inner
    return error


async def how_it_ended(bench: Bench) -> str:
    """How the target ended by itself; empty while it lives, and when the check ended it."""
    target = bench.target
    if not target.controllable or not target.wanted_up:
        return ""
    deadline = time.perf_counter() + (DYING if bench.journal.lost else 0)
    while target.exit_code is None and time.perf_counter() < deadline:  # noqa: ASYNC110  a process sets no event
        await asyncio.sleep(0.01)
    if not await target.down():
        return target.parts.lost()
    code = target.exit_code
    return "nothing listens on its port any more" if code is None else f"exit code {code}"


def blame(bench: Bench, failed: Failed | None, ended: str) -> Failed:
    """The check after which the server process is gone has failed, whatever it saw."""
    exchanges = bench.journal.exchanges
    lost = next((one for one in reversed(exchanges) if one.status is None), None)
    decisive = lost or (exchanges[-1] if exchanges else None)
    during = f", while {lost.method} {lost.path} waited for its answer" if lost else ""
    got = f"the server process ended, {ended}{during}"
    if failed is not None and not failed.got.startswith(NO_ANSWER):
        got = f"{failed.got}; then {got}"
    return Failed(expected="the server goes on running", got=got, exchanges=(decisive,) if decisive else ())


def finding(check: Check, bench: Bench, failed: Failed, mark: int) -> Finding:
    journal = bench.journal
    bench.target.log.catch_up(0.2)
    decisive: tuple[Exchange, ...] = failed.exchanges or tuple(journal.exchanges)[-1:]
    base_url = "$BASE_URL" if bench.target.controllable else bench.target.base_url
    return Finding(
        sent=clean(failed.sent or describe(decisive)),
        expected=clean(failed.expected),
        got=clean(failed.got),
        why=check.why,
        fix=check.fix,
        again=f"backroad prove --only {check.id} --seed {bench.seed}",
        curl=curl_command(decisive[0], base_url) if decisive else "",
        exchanges=tuple(map(mask, tuple(journal.exchanges)[-KEPT_EXCHANGES:])),
        log=tuple(journal.lines),
        server_log=tuple(clean(line)[:400] for line in bench.target.log.since(mark).splitlines() if line.strip())[
            -KEPT_LOG:
        ],
    )
