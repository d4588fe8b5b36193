"""Notes over REST."""

from datetime import datetime
from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter
from sqlalchemy import Connection

from backroad.accounts.model import Learner
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.etags import IfMatch, refuse_stale, tag_of
from backroad.kit.http import problem_responses
from backroad.kit.kept import KEPT
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


def entry_of(note: Note) -> NoteEntry:
    return NoteEntry(note.id, note.kind, note.ref, note.text, note.created_at, note.changed_at)


@get(
    "/notes",
    summary="Your notes, last changed first; with `q`, those that hold every word",
    responses=problem_responses(400, 409),
    opt=KEPT,
)
async def list_notes(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    q: Annotated[str, Parameter(max_length=200, description="Words; the last may be unfinished.")] = "",
    kind: Annotated[PlaceKind | None, Parameter(description="Only those that hang there; not with `q`.")] = None,
    ref: Annotated[str | None, Parameter(max_length=200, description="Only of this place; not with `q`.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[NoteEntry]:
    if q.strip():
        skip = read_place(cursor)
        hits = await db.run(lambda tx: actions.search(tx, learner.id, q, limit + 1, skip))
        found = [entry_of(hit.note) for hit in hits[:limit]]
        return Page(found, write_place(skip + limit) if len(hits) > limit else None)
    before = read_cursor(cursor)
    notes = await db.run(lambda tx: store.newest(tx, learner.id, limit + 1, before, kind=kind, ref=ref))
    last = notes[limit - 1] if len(notes) > limit else None
    return Page([entry_of(note) for note in notes[:limit]], write_cursor(last.changed_at, last.id) if last else None)


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
    made = entry_of(note)
    return Response(made, headers={"location": f"/api/v1/notes/{note.id}", "etag": tag_of(made)})


@get("/notes/{note_id:str}", summary="One note", responses=problem_responses(400, 404, 409))
async def read_note(
    note_id: FromPath[str], learner: NamedDependency[Learner], db: NamedDependency[Database]
) -> NoteEntry:
    return entry_of(await db.run(lambda tx: actions.get(tx, learner.id, note_id)))


@patch("/notes/{note_id:str}", summary="Change a note", responses=problem_responses(400, 404, 409, 412, 413, 415, 422))
async def change_note(
    note_id: FromPath[str],
    data: JSONBody[NoteChange],
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    if_match: IfMatch = None,
) -> Response[NoteEntry]:
    def change(tx: Connection) -> NoteEntry:
        refuse_stale(if_match, entry_of(actions.get(tx, learner.id, note_id)))
        return entry_of(actions.change(tx, learner.id, note_id, data.text, clock.now()))

    changed = await db.run(change)
    return Response(changed, headers={"etag": tag_of(changed)})


@delete("/notes/{note_id:str}", summary="Remove a note", responses=problem_responses(400, 404, 409, 412))
async def remove_note(
    note_id: FromPath[str],
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    if_match: IfMatch = None,
) -> None:
    def remove(tx: Connection) -> None:
        refuse_stale(if_match, entry_of(actions.get(tx, learner.id, note_id)))
        actions.remove(tx, learner.id, note_id)

    await db.run(remove)


ROUTER = Router("", route_handlers=[list_notes, add_note, read_note, change_note, remove_note], tags=["notes"])
