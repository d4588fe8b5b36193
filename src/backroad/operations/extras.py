"""What some settings need that is not always installed."""

from backroad.operations import faults, traces
from backroad.settings import Settings


def check(chosen: Settings) -> None:
    """For the process that starts the others: say here, and once, what they would all fail with."""
    if chosen.sentry_dsn:
        faults.check(chosen.sentry_dsn)
    if chosen.otlp_url:
        traces.check()
