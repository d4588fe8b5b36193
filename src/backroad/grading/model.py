"""What is handed in, what is graded, and who grades."""

from datetime import datetime
from typing import Literal

import msgspec

State = Literal["waiting", "running", "graded", "broken", "cancelled"]
"""`graded`: there is a report, whatever it says. `broken`: it could not be judged; `said` tells why."""
OPEN: tuple[State, ...] = ("waiting", "running")

MOST_UPLOADED = 20 * 1024 * 1024
"""Bytes of an archive."""
MOST_ATTEMPTS = 3
"""Graders that one grading may lose."""
MOST_WAITING = 5
"""Submissions of one learner that wait or run at once."""


class Submission(msgspec.Struct, frozen=True, kw_only=True):
    """One handing-in of one learner. Several of them may share a grading."""

    id: str
    learner: str
    cohort: str | None
    grading: str
    lab: str
    name: str
    """Of the folder, as the learner calls it."""
    asked_at: datetime
    state: State = "waiting"
    ended_at: datetime | None = None
    said: str = ""
    run: str | None = None
    """The learner's run, from the moment at which it can be watched."""
    content: str = ""
    """SHA-256 of what was handed in, see `archive.Listing`."""


class Grading(msgspec.Struct, frozen=True, kw_only=True):
    """One content judged once by one version of a lab, for everybody who handed in the same."""

    id: str
    lab: str
    app: str
    content: str
    lab_hash: str
    state: State
    attempt: int
    """Counts every taking, and is its fencing token: only the newest may end it."""
    lost: int
    """Attempts whose grader vanished."""
    grader: str | None
    until: datetime | None
    lead: str | None
    """The submission whose turn it was: its run shows the events live."""
    run: str | None
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    said: str


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to grade, until somebody else has it."""

    grading: str
    attempt: int
    grader: str
    lab: str
    app: str
    content: str
    lead: Submission


class Waiting(msgspec.Struct, frozen=True):
    """What the order of the queue depends on."""

    submission: str
    grading: str
    learner: str
    cohort: str
    lab: str
    asked_at: datetime


class Estimate(msgspec.Struct, frozen=True):
    """Seconds from now until the end: what a quarter and what nine tenths of past gradings would give."""

    soonest: int
    latest: int


class Place(msgspec.Struct, frozen=True):
    """`number` 1 is next; 0 is running. Without an estimate, `why` says why there is none."""

    number: int
    estimate: Estimate | None
    why: str = ""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """What one grading may take."""

    seconds: int = 300
    """Wall clock, for the whole run and a build before it."""
    memory: int = 2 * 1024**3
    """Bytes that all processes hold together; each alone is held to it by the kernel."""
    disk: int = 512 * 1024**2
    """Bytes of files that the learner's code may write; as much again is for PostgreSQL and Redis."""
    processes: int = 512
    """Processes and threads, those of the verifier included."""
    file: int = 256 * 1024**2
    """Bytes of one file."""
    open_files: int = 8192
