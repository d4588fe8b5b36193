"""A grader: takes what waits, one at a time, and grades it. Any number of them work on one database."""

import os
import secrets
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import msgspec
import structlog

from backroad.grading import actions, leasing, sandbox, store
from backroad.grading.model import Bounds, Lease
from backroad.grading.runner import Runner
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.labs.library import LabLibrary
from backroad.labs.proving import Recorder
from backroad.progress import Facts
from backroad.verifier.events import Event, RunFinished, RunStarted, decode_event, encode_event
from backroad.verifier.report import Report
from backroad.verifier.reports.json import to_json
from backroad.verifier.run import SEED_LETTERS

log = structlog.get_logger()
HIDDEN = "hidden"
"""Said in place of the seed until a grading has ended."""
SEED_LENGTH = 12
"""So many that no other word of a run looks like it."""
IDLE = 1.0
"""Seconds between two looks at an empty queue."""
BEAT = 2.0
"""Seconds between two signs of life, at most; a cancelled grading is noticed as soon."""
KEPT = timedelta(days=30)
"""How long an upload is kept after its grading."""
TIDY_EVERY = 3600.0
USUAL = Bounds()
T = TypeVar("T")


class LeaseRecorder(Recorder):
    """Begins the learner's run only while the lease is held, and never writes the seed."""

    def __init__(self, db: Database, lease: Lease, seed: str) -> None:
        super().__init__(db, lease.lead.learner, folder=lease.lead.name, whole=True)
        self.lease = lease
        self.seed = seed.encode()

    def add(self, event: Event) -> None:
        told = encode_event(event)
        super().add(decode_event(told.replace(self.seed, HIDDEN.encode())) if self.seed in told else event)

    def _begin(self, tx: Any, event: RunStarted) -> Any:
        return leasing.begin(tx, self.lease, event.seed, clock.now())


class Worker:
    """`facts` and `labs` are the product's. `length` is that of a lease."""

    def __init__(
        self, db: Database, labs: LabLibrary, facts: Facts, runner: Runner, *, bounds: Bounds = USUAL,
        length: timedelta = leasing.LEASE, idle: float = IDLE,
    ) -> None:  # fmt: skip
        self.db = db
        self.labs = labs
        self.facts = facts
        self.runner = runner
        self.bounds = bounds
        self.length = length
        self.idle = idle
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(4)}"
        self.stopping = threading.Event()
        self._lease: Lease | None = None
        self._lost = threading.Event()
        self._tidied = -TIDY_EVERY

    def work(self, *, until_empty: bool = False) -> int:
        """Until `stopping` is set, or with `until_empty` until nothing waits; returns how many were ended."""
        ended = 0
        beat = threading.Thread(target=self._beat, name="grader-heartbeat", daemon=True)
        self._patiently(lambda tx: store.see_grader(tx, self.name, store.now(tx)))
        beat.start()
        try:
            while not self.stopping.is_set():
                lease = self._patiently(lambda tx: leasing.take(tx, self.name, self.length))
                if lease is not None:
                    ended += self._grade(lease)
                elif until_empty:
                    break
                else:
                    self._tidy()
                    self.stopping.wait(self.idle * (0.5 + secrets.randbelow(1000) / 1000))
        finally:
            self.stopping.set()
            beat.join()
            self._quietly(lambda tx: store.forget_grader(tx, self.name))
        return ended

    def _grade(self, lease: Lease) -> bool:
        """Whether this grader ended it."""
        began = time.monotonic()
        self._lost.clear()
        self._lease = lease
        try:
            how = self._attempt(lease)
        finally:
            self._lease = None
        log.info(
            "graded", grading=lease.grading, lab=lease.lab, attempt=lease.attempt, outcome=how,
            seconds=round(time.monotonic() - began, 2),
        )  # fmt: skip
        return how in ("graded", "broken")

    def _attempt(self, lease: Lease) -> str:
        seed = "".join(secrets.choice(SEED_LETTERS) for _ in range(SEED_LENGTH))
        recorder = LeaseRecorder(self.db, lease, seed)
        try:
            report = self._run(lease, seed, recorder)
        except sandbox.Refused as refused:
            recorder.close()
            said = str(refused).replace(seed, HIDDEN)
            return "broken" if self._patiently(lambda tx: leasing.give_up(tx, lease, said)) else "lost"
        except (sandbox.Stopped, leasing.LeaseLost):
            recorder.close()
            if self._lost.is_set():
                return "lost"
            self._patiently(lambda tx: leasing.give_back(tx, lease))
            return "given back"
        except Exception as error:
            recorder.close()
            log.warning("a grading came to nothing", grading=lease.grading, why=f"{type(error).__name__}: {error}")
            self._patiently(lambda tx: leasing.fail(tx, lease, "The grader could not go on. Another one begins anew."))
            return "failed"
        recorder.add(RunFinished(report))
        recorder.close()
        return "graded" if self._end(lease, report, seed) else "lost"

    def _run(self, lease: Lease, seed: str, recorder: LeaseRecorder) -> Report:
        archive = self.db.run_now(lambda tx: store.read_upload(tx, lease.content))
        if archive is None:
            raise sandbox.Refused("What was handed in is not kept any more. Hand it in again.")
        self.labs.get(lease.lab, lease.app)
        task = sandbox.task_of(
            self.runner, self.labs.root, lab=lease.lab, app=lease.app, seed=seed, size=len(archive), bounds=self.bounds
        )
        return sandbox.grade(
            self.runner, task, archive, self.labs.root, on_event=recorder.add,
            unwanted=lambda: self._lost.is_set() or self.stopping.is_set(),
        )  # fmt: skip

    def _end(self, lease: Lease, report: Report, seed: str) -> bool:
        data = msgspec.json.decode(to_json(report))
        return self._patiently(
            lambda tx: actions.end(
                tx, lease, data, seed=seed, provenance=self.runner.provenance, now=clock.now(), facts=self.facts
            )
        )

    def _beat(self) -> None:
        """Renews the lease, and says that this grader lives. Without the database for a whole lease, it is lost."""
        kept = time.monotonic()
        while not self.stopping.wait(min(BEAT, self.length.total_seconds() / 5)):
            lease = self._lease
            if lease is None:
                kept = time.monotonic()
            try:
                if not self.db.run_now(lambda tx, lease=lease: self._renewed(tx, lease)) and lease:  # type: ignore[misc]
                    self._lose(lease)
                kept = time.monotonic()
            except Exception as error:
                log.warning("the database does not answer", why=str(error))
                if lease is not None and time.monotonic() - kept > self.length.total_seconds():
                    self._lose(lease)

    def _renewed(self, tx: Any, lease: Lease | None) -> bool:
        store.see_grader(tx, self.name, store.now(tx))
        return lease is None or leasing.renew(tx, lease, self.length)

    def _lose(self, lease: Lease) -> None:
        if self._lease is lease:
            self._lost.set()

    def _tidy(self) -> None:
        if time.monotonic() - self._tidied > TIDY_EVERY:
            self._tidied = time.monotonic()

            def tidy(tx: Any) -> None:
                moment = store.now(tx)
                store.drop_gradings(tx)
                store.drop_uploads(tx, moment - KEPT, moment - timedelta(hours=1))
                store.forget_graders(tx, moment - timedelta(days=1))

            self._quietly(tidy)

    def _patiently(self, fn: Callable[[Any], T]) -> T:
        """In a transaction, again while the database is away, for about the length of a lease."""
        pauses = [0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0]
        while True:
            try:
                return self.db.run_now(fn)
            except Problem as problem:
                if problem.status != 503 or not pauses:
                    raise
                log.warning("the database does not answer", why=problem.sentence)
                time.sleep(pauses.pop(0))

    def _quietly(self, fn: Callable[[Any], object]) -> None:
        try:
            self.db.run_now(fn)
        except Problem as problem:
            log.warning("the database does not answer", why=problem.sentence)
