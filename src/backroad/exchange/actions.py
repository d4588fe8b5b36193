"""Taking everything out, and taking it in again: all of it or nothing."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any

import msgspec
from sqlalchemy import Connection, delete, insert, select

from backroad.accounts import actions as accounts
from backroad.accounts import store as accounts_store
from backroad.exchange import own_files
from backroad.exchange.container import refused
from backroad.exchange.manifest import Manifest
from backroad.exchange.parts import EVIDENCE, PARTS, RUN_EVENTS, RUNS, SETTINGS, Part, owned
from backroad.exchange.read import Archive, Located
from backroad.exchange.rows import Row
from backroad.exchange.write import write
from backroad.kit.errors import NotFound, Problem
from backroad.progress import Facts
from backroad.progress import actions as progress

_AT_ONCE = 200

Key = tuple[Any, ...]


class Imported(msgspec.Struct, frozen=True):
    """Rows by part: what came in, and what was there already and stayed as it was."""

    added: dict[str, int]
    kept: dict[str, int]
    replaced: bool


def export_account(tx: Connection, learner: str, out: IO[bytes], now: datetime, own: Path | None = None) -> Manifest:
    """`own` is the folder of the learner's own content, which may be missing."""
    manifest = write(tx, learner, out, now, own)
    if not any(manifest.counts.values()):
        raise NotFound("There is nothing to export yet.", "Set Backroad up first: backroad start.")
    return manifest


def import_account(
    tx: Connection,
    learner: str,
    archive: Archive,
    *,
    replace: bool,
    facts: Facts,
    own: Path | None = None,
    trusted: bool = True,
) -> Imported:
    """Add what is new; with `replace`, everything the learner has is removed first.

    A server does not trust the file: who brings it could have written it. Evidence that it calls supervised, or an
    instructor's, comes in as self-run and says what was claimed, and the calendar feed gets an address of its own. What
    the server's own ledger has stays as it is, so nothing that was supervised here is lost or made up by a file.

    Runs in the caller's transaction, which must be rolled back when this raises. The files of own content are written
    into `own` last, when nothing else can fail; without it they stay in the archive.
    """
    content = archive.content()
    if replace:
        for part in reversed(PARTS):
            tx.execute(delete(part.table).where(owned(part, learner)))
    if replace and not trusted:
        raise ValueError("what this server supervised would go")
    intake = _Intake(tx, learner, trusted=trusted)
    counts = {part.name: intake.take(part, archive.rows(part)) for part in PARTS}
    progress.rebuild(tx, learner, facts=facts)
    kept = {part.name for part in PARTS if not part.derived}
    if own is not None and content is not None:
        kept.add(own_files.PART)
        counts[own_files.PART] = (own_files.put_all(own, content, replace=replace), len(content))
    return Imported(
        added={name: added for name, (added, _) in counts.items() if name in kept},
        kept={name: seen - added for name, (added, seen) in counts.items() if name in kept},
        replaced=replace,
    )


class _Intake:
    """Rows on their way into the tables of one learner."""

    def __init__(self, tx: Connection, learner: str, *, trusted: bool) -> None:
        self.tx = tx
        self.learner = learner
        self.trusted = trusted
        self.runs: dict[str, bool] = {}
        """Runs in the file -> whether they are new here."""

    def take(self, part: Part, rows: Iterator[Located]) -> tuple[int, int]:
        """(rows added, rows seen)."""
        if part is SETTINGS:
            return self._take_settings(list(rows))
        added, seen = 0, set[Key]()
        while batch := list(islice(rows, _AT_ONCE)):
            _refuse_repeated(part, batch, seen)
            if part.derived:
                continue
            new = self._new_events(batch) if part is RUN_EVENTS else self._new_rows(part, batch)
            if new:
                self.tx.execute(insert(part.table), new)
            added += len(new)
        return added, len(seen)

    def _take_settings(self, rows: Sequence[Located]) -> tuple[int, int]:
        """They are taken only where there are none."""
        if len(rows) > 1:
            raise refused(f"{rows[1].where}: an account has only one row of settings.")
        if not rows or accounts_store.read(self.tx, self.learner) is not None:
            return 0, len(rows)
        where, row = rows[0]
        fields = msgspec.structs.asdict(row)
        made_at = fields.pop("created_at")
        if not self.trusted:
            fields["calendar_token"] = ""  # who wrote the file knows it
        try:
            # The road is believed: evidence has to come in even where this version no longer has the road.
            accounts.settle(self.tx, learner_id=self.learner, roads=(fields["road"],), now=made_at, **fields)
        except Problem as problem:
            raise refused(f"{where}: {problem.sentence}") from None
        return 1, 1

    def _new_rows(self, part: Part, batch: Sequence[Located]) -> list[dict[str, Any]]:
        there = self._owners(part, batch)
        new = []
        for where, row in batch:
            owner = there.get(_key(part, row))
            if owner is None:
                fresh = msgspec.structs.asdict(row)
                new.append({"learner": self.learner, **(fresh if self.trusted else _as_claimed(part, fresh))})
            elif owner != self.learner:
                raise refused(f"{where} is already here and belongs to another learner.", "Nothing was changed.")
        if part is RUNS:
            added = {row["id"] for row in new}
            self.runs.update({row.id: row.id in added for _, row in batch})  # type: ignore[attr-defined]
        return new

    def _owners(self, part: Part, batch: Sequence[Located]) -> dict[Key, str]:
        """Key -> learner, of those of the batch that the table has already."""
        columns = part.table.c
        first = part.keys[0]
        found = select(columns.learner, *(columns[name] for name in part.keys)).where(
            columns[first].in_({getattr(row, first) for _, row in batch})
        )
        if columns.learner.primary_key:  # others may have the same keys
            found = found.where(columns.learner == self.learner)
        return {tuple(key): owner for owner, *key in self.tx.execute(found)}

    def _new_events(self, batch: Sequence[Located]) -> list[dict[str, Any]]:
        """A run that was here already keeps the events it has."""
        new = []
        for where, row in batch:
            event = msgspec.structs.asdict(row)
            if event["run"] not in self.runs:
                raise refused(f"{where}: the file has no run {event['run']}.")
            if self.runs[event["run"]]:
                new.append(event)
        return new


def _as_claimed(part: Part, row: dict[str, Any]) -> dict[str, Any]:
    """Evidence whose provenance only the file vouches for."""
    if part is not EVIDENCE or (row["provenance"] == "self-run" and row["source"] != "instructor"):
        return row
    claimed = row["provenance"] if row["provenance"] != "self-run" else row["source"]
    return {**row, "provenance": "self-run", "detail": {**row["detail"], "claimed": claimed}}


def _key(part: Part, row: Row) -> Key:
    return tuple(getattr(row, name) for name in part.keys)


def _refuse_repeated(part: Part, batch: Sequence[Located], seen: set[Key]) -> None:
    for where, row in batch:
        key = _key(part, row)
        if key in seen:
            raise refused(f"{where}: the row with {part.keys[-1]} {str(key[-1])[:80]!r} is in the file twice.")
        seen.add(key)
