"""What became better and worse between two runs of a lab."""

from collections.abc import Sequence

import msgspec

from backroad.labs.model import Run


class Changes(msgspec.Struct, frozen=True):
    """Ids of checks, in the order of the later run. A check that only one of the runs judged is in neither."""

    fixed: tuple[str, ...]  # failed before, passed now
    broke: tuple[str, ...]  # passed before, failed now


def changes(before: Run, after: Run) -> Changes:
    was, now = verdicts(before), verdicts(after)
    return Changes(
        fixed=tuple(check for check in now if (was.get(check), now[check]) == ("failed", "passed")),
        broke=tuple(check for check in now if (was.get(check), now[check]) == ("passed", "failed")),
    )


def verdicts(run: Run) -> dict[str, str]:
    stages = run.report["stages"] if run.report else []
    return {check["id"]: check["verdict"] for stage in stages for check in stage["checks"]}


def one_before(run: Run, earlier: Sequence[Run]) -> Run | None:
    """The run to compare with; `earlier` are runs of the lab, newest first."""
    older = (other for other in earlier if other.report and other.lab == run.lab and other.started_at < run.started_at)
    return next(older, None)
