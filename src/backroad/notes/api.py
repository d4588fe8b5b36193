"""Notes over REST."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter

from backroad.accounts.model import Learner
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, read_place, write_cursor, write_place
from backroad.notes import actions, store
from backroad.notes.model import LONGEST, Note, PlaceKind
from backroad.notes.places import Places

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST, description="Markdown")]


class NoteEntry(msgspec.Struct):
    id: str
    kind: PlaceKind
    ref: str
    text: str
    created_at: datetime
    changed_at: datetime


class NewNote(msgspec.Struct, forbid_unknown_fields=True):
    kind: PlaceKind
    ref: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    text: Text


class NoteChange(msgspec.Struct, forbid_unknown_fields=True):
    text: Text


def _entry(note: Note) -> NoteEntry:
    return NoteEntry(note.id, note.kind, note.ref, note.text, note.created_at, note.changed_at)


@get(
    "/notes",
    summary="Your notes, last changed first; with `q`, those that hold every word",
    responses=problem_responses(400, 409),
)
async def list_notes(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    q: Annotated[str, Parameter(max_length=200, description="Words; the last may be unfinished.")] = "",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[NoteEntry]:
    if q.strip():
        skip = read_place(cursor)
        hits = await db.run(lambda tx: actions.search(tx, learner.id, q, limit + 1, skip))
        found = [_entry(hit.note) for hit in hits[:limit]]
        return Page(found, write_place(skip + limit) if len(hits) > limit else None)
    before = read_cursor(cursor)
    notes = await db.run(lambda tx: store.newest(tx, learner.id, limit + 1, before))
    last = notes[limit - 1] if len(notes) > limit else None
    return Page([_entry(note) for note in notes[:limit]], write_cursor(last.changed_at, last.id) if last else None)


@post("/notes", summary="Write a note", responses=problem_responses(400, 404, 409, 413, 415, 422))
async def add_note(
    data: JSONBody[NewNote],
    learner: NamedDependency[Learner],
    places: NamedDependency[Places],
    db: NamedDependency[Database],
) -> Response[NoteEntry]:
    note = await db.run(
        lambda tx: actions.add(tx, learner.id, data.kind, data.ref, data.text, clock.now(), places.knows)
    )
    return Response(_entry(note), headers={"location": f"/api/v1/notes/{note.id}"})


@get("/notes/{note_id:str}", summary="One note", responses=problem_responses(400, 404, 409))
async def read_note(
    note_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> NoteEntry:
    return _entry(await db.run(lambda tx: actions.get(tx, learner.id, note_id)))


@patch("/notes/{note_id:str}", summary="Change a note", responses=problem_responses(400, 404, 409, 413, 415, 422))
async def change_note(
    note_id: FromPath[str], data: JSONBody[NoteChange], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> NoteEntry:
    return _entry(await db.run(lambda tx: actions.change(tx, learner.id, note_id, data.text, clock.now())))


@delete("/notes/{note_id:str}", summary="Remove a note", responses=problem_responses(400, 404, 409))
async def remove_note(note_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]) -> None:
    await db.run(lambda tx: actions.remove(tx, learner.id, note_id))


ROUTER = Router("", route_handlers=[list_notes, add_note, read_note, change_note, remove_note], tags=["notes"])
