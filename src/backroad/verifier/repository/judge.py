"""Judges a folder by every rule."""

import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from backroad.verifier.judge import Outcome
from backroad.verifier.report import CheckReport
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import AREA, Rule, load_rules
from backroad.verifier.repository.sight import Absent, finding_of, shown_path
from backroad.verifier.verdict import Unclear, Verdict
from backroad.verifier.wording import excerpt

READING = f"{AREA}.files_can_be_read"


def run_repository(
    folder: Path | Folder, *, only: Iterable[str] = (), proves: Mapping[str, tuple[str, ...]] | None = None
) -> tuple[CheckReport, ...]:
    """One report a rule, in the order of their names. `only`: ids or beginnings of ids; `proves`: id -> skills."""
    seen = folder if isinstance(folder, Folder) else Folder(folder)
    wanted = tuple(only)
    rules = [rule for rule in load_rules() if not wanted or rule.id.startswith(wanted)]
    return tuple(report_of(rule, seen, (proves or {}).get(rule.id, ())) for rule in rules)


def report_of(rule: Rule, folder: Folder, proves: tuple[str, ...]) -> CheckReport:
    began = time.perf_counter()
    outcome = judge(rule, folder)
    return CheckReport(
        id=rule.id, claim=rule.claim, verdict=outcome.verdict, proves=proves, reason=outcome.reason,
        seconds=round(time.perf_counter() - began, 3), finding=outcome.finding,
    )  # fmt: skip


def judge(rule: Rule, folder: Folder) -> Outcome:
    """What a rule has seen is certain. Where it saw nothing wrong, all that it needs must have been readable."""
    folder.trouble.clear()
    folder.searched = False
    reason = ""
    try:
        sights = rule.run(folder)
    except Absent as nothing:
        sights, reason = [], nothing.reason
    except Unclear as unclear:
        return Outcome(Verdict.UNCLEAR, excerpt(unclear.reason, 400))
    except Exception as error:  # our bug, and never the folder's fault
        return Outcome(Verdict.UNCLEAR, excerpt(f"the rule itself broke: {type(error).__name__}: {error}", 400))
    if sights:
        again = f"backroad prove --only {rule.id}"
        return Outcome(Verdict.FAILED, finding=finding_of(sights, why=rule.why, fix=rule.fix, again=again))
    return obstacle(rule, folder) or Outcome(Verdict.NOT_RUN if reason else Verdict.PASSED, reason)


def obstacle(rule: Rule, folder: Folder) -> Outcome | None:
    """Why nothing can be said although nothing was seen."""
    for trouble in sorted(folder.trouble.values(), key=lambda one: (one.mistake, one.path)):
        where = f"{shown_path(trouble.path)}:{trouble.line}"
        if not trouble.mistake:
            return Outcome(Verdict.UNCLEAR, excerpt(f"{where} {trouble.why}, so it was not judged", 400))
        if rule.id != READING:
            return Outcome(Verdict.NOT_RUN, excerpt(f"needs {READING}, which failed at {where}", 400))
    if folder.searched and folder.truncated:
        return Outcome(Verdict.UNCLEAR, "the folder is too large to search: over 5,000 files or 64 MiB")
    return None
