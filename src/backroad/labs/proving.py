"""Runs the verifier for a learner: the run is kept, followed live, and becomes evidence."""

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from backroad.kit import clock
from backroad.kit.db import Database
from backroad.labs import actions
from backroad.labs.model import Run, RunEvent
from backroad.progress import Facts
from backroad.verifier.config import Config
from backroad.verifier.events import Event, RunStarted
from backroad.verifier.lab import Lab
from backroad.verifier.report import Report
from backroad.verifier.reports.json import to_json
from backroad.verifier.run import prove

OnEvent = Callable[[Event], None]


class Recorder:
    """Writes a run's events to the database on a thread of its own, so that no race waits for a disk."""

    def __init__(self, db: Database, learner: str, *, folder: str, whole: bool) -> None:
        self.db = db
        self.learner = learner
        self.folder = folder
        self.whole = whole
        self.run: Run | None = None
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._number = 0
        self._thread = threading.Thread(target=self._write_all, name="run-recorder", daemon=True)
        self._thread.start()

    def add(self, event: Event) -> None:
        if isinstance(event, RunStarted) and self.run is None:
            self.run = self.db.run_now(lambda tx: self._begin(tx, event))
        self._events.put(event)

    def _begin(self, tx: Any, event: RunStarted) -> Run:
        return actions.begin_run(
            tx, self.learner, lab=event.lab, folder=self.folder, seed=event.seed, whole=self.whole, now=clock.now()
        )

    def _write_all(self) -> None:
        ended = False
        while not ended:
            batch = [self._events.get()]
            while not self._events.empty():
                batch.append(self._events.get())
            ended = batch[-1] is None
            self._write([event for event in batch if event is not None])

    def _write(self, events: list[Event]) -> None:
        if self.run is None or not events:
            return
        run_id = self.run.id
        rows = []
        for event in events:
            self._number += 1
            data = msgspec.to_builtins(event)
            data.pop("report", None)  # the report is kept with the run
            rows.append(RunEvent(self._number, data))
        self.db.run_now(lambda tx: actions.add_events(tx, run_id, rows))

    def close(self) -> None:
        """Wait until everything is written."""
        self._events.put(None)
        self._thread.join()


def prove_for(
    db: Database,
    learner: str,
    lab: Lab,
    config: Config,
    *,
    facts: Facts,
    seed: str | None = None,
    only: Sequence[str] = (),
    on_event: OnEvent = lambda event: None,
    on_begin: Callable[[Run], None] = lambda run: None,
    debug: bool = False,
) -> Report:
    """Judge the learner's target. Whatever ends the run early leaves it marked as broken, with the reason."""
    recorder = Recorder(db, learner, folder=config.server.url or str(config.folder), whole=not only)

    def on_each(event: Event) -> None:
        begun = recorder.run is not None
        recorder.add(event)
        if not begun and recorder.run is not None:
            on_begin(recorder.run)
        on_event(event)

    said = "The run was stopped before it finished."
    try:
        report = prove(lab, config, seed=seed, only=only, on_event=on_each, debug=debug)
        run = recorder.run
        recorder.close()
        if run is not None:
            data = msgspec.json.decode(to_json(report))
            db.run_now(lambda tx: actions.finish_run(tx, run, data, now=clock.now(), facts=facts))
        said = ""
        return report
    except Exception as error:
        said = f"The verifier could not judge: {error}"
        raise
    finally:
        if said:
            recorder.close()
            if recorder.run is not None:
                run_id = recorder.run.id
                db.run_now(lambda tx: actions.break_off(tx, run_id, said, clock.now()))
