"""Notes over GraphQL."""

from datetime import datetime
from enum import Enum

import strawberry
from sqlalchemy import Connection

from backroad.accounts.graphql import the_learner
from backroad.kit import clock
from backroad.kit.etags import refuse_stale, tag_of
from backroad.kit.graphql.context import Id, Info, copied, field, mutation, page_size, sized
from backroad.kit.markdown import render_note
from backroad.kit.paging import read_cursor, read_place, write_cursor, write_place
from backroad.notes import actions, model, store
from backroad.notes.api import entry_of
from backroad.notes.places import Places


@strawberry.enum
class PlaceKind(Enum):
    SKILL = "skill"
    LAB = "lab"
    DRILL = "drill"
    DAY = "day"


@strawberry.type(description="Markdown that you attached to a skill, lab, drill or day.")
class Note:
    id: strawberry.ID
    kind: PlaceKind
    ref: str = strawberry.field(description="Id of the skill, lab or drill, or the day.")
    text: str
    created_at: datetime
    changed_at: datetime
    etag: str = strawberry.field(description="What `ifMatch` takes, and REST's If-Match.")

    @field("Rendered, and safe to show.")
    def html(self) -> str:
        return render_note(self.text)

    @field("Of what it hangs on.")
    def title(self, info: Info) -> str:
        return info.context.part(Places).title(self.kind.value, self.ref)


def note_of(noun: model.Note) -> Note:
    return copied(Note, noun, kind=PlaceKind(noun.kind), etag=tag_of(entry_of(noun)))


@strawberry.type
class NotePage:
    items: list[Note] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


async def notes_at(info: Info, kind: str, ref: str, first: int) -> list[Note]:
    """What hangs on a place, oldest first; of many places of a kind at once."""
    learner, size = await the_learner(info), page_size(first)
    nothing: list[model.Note] = []
    found = await info.context.many(
        ("notes", kind, size), ref, lambda tx, refs: store.at_places(tx, learner.id, kind, refs, size), nothing
    )
    return [note_of(note) for note in found]


@strawberry.type
class Query:
    @field()
    async def note(self, info: Info, note_id: Id) -> Note:
        learner = await the_learner(info)
        return note_of(await info.context.db.run(lambda tx: actions.get(tx, learner.id, str(note_id))))

    @field("Last changed first; with `words`, those that hold every word, best first.")
    async def notes(self, info: Info, first: int = 20, after: str | None = None, words: str = "") -> NotePage:
        learner, size = await the_learner(info), page_size(first)
        if words.strip():
            skip = read_place(after)
            hits = await info.context.db.run(lambda tx: actions.search(tx, learner.id, words, size + 1, skip))
            cursor = write_place(skip + size) if len(hits) > size else None
            return NotePage(items=[note_of(hit.note) for hit in hits[:size]], next_cursor=cursor)
        before = read_cursor(after)
        found = await info.context.db.run(lambda tx: store.newest(tx, learner.id, size + 1, before))
        page = sized(found, size, lambda note: write_cursor(note.changed_at, note.id))
        return NotePage(items=[note_of(note) for note in page.items], next_cursor=page.next_cursor)


@strawberry.type
class Mutation:
    @mutation()
    async def add_note(self, info: Info, kind: PlaceKind, ref: str, text: str) -> Note:
        learner, knows = await the_learner(info), info.context.part(Places).knows
        made = await info.context.write(
            lambda tx: actions.add(tx, learner.id, kind.value, ref, text, clock.now(), knows)
        )
        return note_of(made)

    @mutation("With `ifMatch`, only if its ETag is still this one.")
    async def change_note(self, info: Info, note_id: Id, text: str, if_match: str | None = None) -> Note:
        learner = await the_learner(info)

        def change(tx: Connection) -> model.Note:
            refuse_stale(if_match, entry_of(actions.get(tx, learner.id, str(note_id))))
            return actions.change(tx, learner.id, str(note_id), text, clock.now())

        return note_of(await info.context.write(change))

    @mutation("The id of what was removed.")
    async def remove_note(self, info: Info, note_id: Id, if_match: str | None = None) -> strawberry.ID:
        learner = await the_learner(info)

        def remove(tx: Connection) -> None:
            refuse_stale(if_match, entry_of(actions.get(tx, learner.id, str(note_id))))
            actions.remove(tx, learner.id, str(note_id))

        await info.context.write(remove)
        return note_id
