"""How often a race is seen: backends with a window of one millisecond between looking and writing, judged many times.

    python bench/races.py [--runs 100] [--window 0.001] [--json]

Each run has a seed of its own and makes three attempts, as the check does. Exits with 1 below 99 of 100.
"""

import argparse
import json
import re
import sys
import time
from pathlib import Path

from backroad.kit.paths import labs_dir
from backroad.verifier.flaws import apply, read_flaw
from backroad.verifier.lab import Lab, load_lab
from backroad.verifier.run import run_reference, run_to_end
from backroad.verifier.verdict import Verdict

BAR = 0.99
FLAWS = ("looks_before_it_inserts", "compares_then_writes", "looks_before_it_deletes")
SLEEP = re.compile(r"asyncio\.sleep\(0\.\d+\)")


def narrow(copy: Path, window: float) -> None:
    """All waits of the flaw become as short as the window."""
    changed = 0
    for file in copy.rglob("*.py"):
        text, count = SLEEP.subn(f"asyncio.sleep({window})", file.read_text(encoding="utf-8"))
        file.write_text(text, encoding="utf-8")
        changed += count
    if not changed:
        raise SystemExit(f"{copy}: the flaw has no wait to narrow")


def seen(lab: Lab, name: str, window: float, runs: int) -> tuple[int, str]:
    flaw = read_flaw(next(flaw for flaw in lab.flaws() if flaw.name == name), lab)

    def prepare(copy: Path) -> None:
        apply(flaw, copy)
        narrow(copy, window)

    found = 0
    for number in range(runs):
        report = run_to_end(run_reference(lab, seed=f"{number:04}", only=flaw.caught_by, prepare=prepare))
        found += any(check.verdict is Verdict.FAILED and check.id in flaw.caught_by for check in report.checks())
        if sys.stderr.isatty():
            print(f"\r{name}: {found} of {number + 1}", end="", file=sys.stderr)
    return found, ", ".join(flaw.caught_by)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--window", type=float, default=0.001, help="seconds")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    lab = load_lab(labs_dir() / "shortener")
    rows = []
    for name in FLAWS:
        began = time.perf_counter()
        found, check = seen(lab, name, given.window, given.runs)
        rows.append(
            {
                "flaw": name, "check": check, "runs": given.runs, "seen": found, "share": found / given.runs,
                "seconds": round(time.perf_counter() - began, 1),
            }
        )  # fmt: skip
    good = all(float(str(row["share"])) >= BAR for row in rows)
    if given.json:
        print(json.dumps({"window_seconds": given.window, "bar": BAR, "races": rows, "met": good}, indent=2))
    else:
        for row in rows:
            print(f"{row['check']:<28} {row['seen']} of {row['runs']} with a window of {given.window * 1000:g} ms")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
