"""A grader of the toy lab as a process of its own, to be killed: DATABASE LABS [bare] [idle seconds]."""

import sys
from datetime import timedelta
from pathlib import Path

from backroad.grading.model import Bounds
from backroad.grading.runner import Bare, Bubblewrap
from backroad.grading.worker import Worker
from backroad.kit.db import Database
from backroad.labs.library import LabLibrary
from tests.grading.samples import FACTS


def main(url: str, labs: str, runner: str, lease: str) -> None:
    worker = Worker(
        Database(url), LabLibrary(Path(labs)), FACTS, Bare() if runner == "bare" else Bubblewrap(),
        bounds=Bounds(seconds=60), length=timedelta(seconds=float(lease)), idle=0.2,
    )  # fmt: skip
    print("ready", flush=True)
    worker.work()


if __name__ == "__main__":
    main(*sys.argv[1:])
