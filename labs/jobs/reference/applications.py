"""Applications: once for each job and candidate, from state to state, by the one whose turn it is."""

import uuid
from typing import Any

import msgspec
import postings
from database import Session
from people import Person
from refusals import Again, Closed, Forbidden, Full, Invalid, Unknown, WrongMove

COLUMNS = "a.position, a.id, a.posting, a.candidate, a.resume, a.letter, a.state, a.created_at"
MOVES = {  # (from, to) -> whose move it is
    ("submitted", "reviewing"): "recruiter",
    ("submitted", "rejected"): "recruiter",
    ("reviewing", "offered"): "recruiter",
    ("reviewing", "rejected"): "recruiter",
    ("offered", "hired"): "candidate",
    ("submitted", "withdrawn"): "candidate",
    ("reviewing", "withdrawn"): "candidate",
    ("offered", "withdrawn"): "candidate",
}
STATES = sorted({state for move in MOVES for state in move})
VISIBLE = {  # to whom, by their role; for everybody else it does not exist
    "candidate": "a.candidate = ?",
    "recruiter": "a.posting IN (SELECT id FROM postings WHERE recruiter = ?)",
}


class Application(msgspec.Struct, frozen=True):
    position: int
    id: str
    posting: str
    candidate: str
    resume: str
    letter: str | None
    state: str
    created_at: int


def add(db: Session, candidate: Person, posting_id: str, draft: dict[str, Any], now: int) -> Application:
    posting = postings.job(db, posting_id, now, to_change=True)  # nobody closes it between this look and the insert
    own = f"SELECT 1 FROM resumes WHERE id = ? AND owner = ?{db.for_update}"  # nor deletes the résumé
    if not db.row(own, draft["resume"], candidate.id):
        raise Invalid({"resume": "must be the id of a résumé of yours"})
    if not posting.takes(now):
        raise Closed
    row = db.row(
        "INSERT INTO applications (id, posting, candidate, resume, letter, state, created_at)"
        " VALUES (?, ?, ?, ?, ?, 'submitted', ?)"
        f" ON CONFLICT (posting, candidate) DO NOTHING RETURNING {COLUMNS.replace('a.', '')}",
        str(uuid.uuid4()), posting_id, candidate.id, draft["resume"], draft.get("letter"), now,
    )  # fmt: skip
    if row is None:
        raise Again
    return Application(*row)


def visible(person: Person) -> str:
    if person.role not in VISIBLE:
        raise Forbidden
    return VISIBLE[person.role]


def find(db: Session, person: Person, application: str, *, to_change: bool = False) -> Application:
    sql = f"SELECT {COLUMNS} FROM applications AS a WHERE a.id = ? AND {visible(person)}"
    row = db.row(sql + (db.for_update if to_change else ""), application, person.id)
    if row is None:
        raise Unknown
    return Application(*row)


def page(db: Session, person: Person, limit: int, before: int) -> list[Application]:
    """A candidate's own, and those for a recruiter's jobs."""
    condition = f"{visible(person)} AND a.position < ?"
    sql = f"SELECT {COLUMNS} FROM applications AS a WHERE {condition} ORDER BY a.position DESC LIMIT ?"
    return [Application(*row) for row in db.rows(sql, person.id, before, limit)]


def move(db: Session, person: Person, application_id: str, state: str) -> Application:
    application = find(db, person, application_id, to_change=True)
    whose = MOVES.get((application.state, state))
    if whose is None:
        raise WrongMove
    if whose != person.role:
        raise Forbidden
    if state == "hired":
        hire(db, application.posting)
    db.change("UPDATE applications SET state = ? WHERE id = ?", state, application_id)
    return msgspec.structs.replace(application, state=state)


def hire(db: Session, posting: str) -> None:
    """One statement that decides and counts, so that no two candidates get the last place. The last one closes it."""
    sql = (
        "UPDATE postings SET hired = hired + 1, version = version + 1,"
        " state = CASE WHEN hired + 1 >= openings THEN 'closed' ELSE state END WHERE id = ? AND hired < openings"
    )
    if not db.change(sql, posting):
        raise Full


def of_postings(
    db: Session, recruiter: str, keys: list[tuple[str, int]]
) -> dict[tuple[str, int], list[Application] | None]:
    """(job, how many) -> its newest applications, None where the job is not this recruiter's."""
    ids = list(dict.fromkeys(posting for posting, _ in keys))
    marks = ", ".join("?" for _ in ids)
    own = {
        row[0] for row in db.rows(f"SELECT id FROM postings WHERE recruiter = ? AND id IN ({marks})", recruiter, *ids)
    }
    sql = (
        f"SELECT {COLUMNS} FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY posting ORDER BY position DESC) AS place_in"
        f" FROM applications WHERE posting IN ({marks})) AS a WHERE place_in <= ? ORDER BY a.position DESC"
    )
    found = [Application(*row) for row in db.rows(sql, *ids, max(first for _, first in keys))]
    return {
        (key, first): [one for one in found if one.posting == key][:first] if key in own else None
        for key, first in keys
    }
