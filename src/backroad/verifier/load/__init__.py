"""Load with arrivals that do not wait for answers, latencies to three digits, and a baseline to compare with."""

from backroad.verifier.load.compare import Comparison, Slowdown, compare, judge_slowdown, measure_slowdown
from backroad.verifier.load.histogram import Histogram
from backroad.verifier.load.plot import html_plot
from backroad.verifier.load.prepare import prepare
from backroad.verifier.load.result import LoadResult, Second
from backroad.verifier.load.run import closed_loop, run_load
from backroad.verifier.load.schedule import Schedule

__all__ = [
    "Comparison", "Histogram", "LoadResult", "Schedule", "Second", "Slowdown", "closed_loop", "compare", "html_plot",
    "judge_slowdown", "measure_slowdown", "prepare", "run_load",
]  # fmt: skip
