"""The list of notes with its search, and the page on which one is written."""

from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, FromQuery
from litestar.response import Redirect

from backroad.accounts.model import Learner
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.kept import KEPT
from backroad.kit.markdown import plain_text, render_note
from backroad.kit.pages import page
from backroad.notes import actions, store
from backroad.notes.model import Note
from backroad.notes.places import Places

FormData = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
SHOWN = 50


def note_view(note: Note, places: Places) -> dict[str, Any]:
    """A note for a template: rendered, with the name and address of what it hangs on."""
    return {
        "id": note.id,
        "kind": note.kind,
        "ref": note.ref,
        "place": places.title(note.kind, note.ref),
        "href": places.href(note.kind, note.ref),
        "html": render_note(note.text),
        "start": plain_text(note.text)[:160],
        "changed": clock.local_day(note.changed_at),
    }


@get("/notes", include_in_schema=False, opt=KEPT)
async def notes_page(
    request: Request[Any, Any, Any],
    learner: NamedDependency[Learner],
    places: NamedDependency[Places],
    db: NamedDependency[Database],
) -> Response[str]:
    words = request.query_params.get("q", "")
    if words.strip():
        hits = await db.run(lambda tx: actions.search(tx, learner.id, words))
        rows = [{**note_view(hit.note, places), "excerpt": hit.excerpt} for hit in hits]
    else:
        notes = await db.run(lambda tx: store.newest(tx, learner.id, SHOWN))
        rows = [{**note_view(note, places), "excerpt": None} for note in notes]
    return page("notes/notes.html", nav="notes", notes=rows, words=words, day=clock.today().isoformat())


@get("/notes/new", include_in_schema=False)
async def new_note_page(
    kind: FromQuery[str], ref: FromQuery[str], learner: NamedDependency[Learner], places: NamedDependency[Places]
) -> Response[str]:
    places.check(kind, ref)
    return _editor(places, kind, ref, text="")


@post("/notes", include_in_schema=False)
async def add_note(
    data: FormData, learner: NamedDependency[Learner], places: NamedDependency[Places], db: NamedDependency[Database]
) -> Response[Any]:
    kind, ref, text = data.get("kind", ""), data.get("ref", ""), data.get("text", "")
    try:
        note = await db.run(lambda tx: actions.add(tx, learner.id, kind, ref, text, clock.now(), places.knows))
    except Problem as problem:
        if problem.status == 404:
            raise
        return _editor(places, kind, ref, text=text, problem=str(problem))
    return Redirect(places.href(note.kind, note.ref), status_code=303)


@get("/notes/{note_id:str}", include_in_schema=False)
async def note_page(
    note_id: FromPath[str],
    learner: NamedDependency[Learner],
    places: NamedDependency[Places],
    db: NamedDependency[Database],
) -> Response[str]:
    note = await db.run(lambda tx: actions.get(tx, learner.id, note_id))
    return _editor(places, note.kind, note.ref, text=note.text, note_id=note.id)


@post("/notes/{note_id:str}", include_in_schema=False)
async def change_note(
    note_id: FromPath[str],
    data: FormData,
    learner: NamedDependency[Learner],
    places: NamedDependency[Places],
    db: NamedDependency[Database],
) -> Response[Any]:
    note = await db.run(lambda tx: actions.get(tx, learner.id, note_id))
    text = data.get("text", "")
    try:
        if data.get("do") == "remove":
            await db.run(lambda tx: actions.remove(tx, learner.id, note_id))
        else:
            await db.run(lambda tx: actions.change(tx, learner.id, note_id, text, clock.now()))
    except Problem as problem:
        return _editor(places, note.kind, note.ref, text=text, note_id=note.id, problem=str(problem))
    return Redirect(places.href(note.kind, note.ref), status_code=303)


def _editor(places: Places, kind: str, ref: str, *, text: str, note_id: str = "", problem: str = "") -> Response[str]:
    return page(
        "notes/editor.html",
        status=422 if problem else 200,
        nav="notes",
        kind=kind,
        ref=ref,
        place=places.title(kind, ref),
        href=places.href(kind, ref),
        text=text,
        note_id=note_id,
        problem=problem,
    )


ROUTES = (notes_page, new_note_page, add_note, note_page, change_note)
