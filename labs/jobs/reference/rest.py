"""The portal over REST: each route reads, calls one verb, and answers."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import applications
import people
import postings
import resumes
import rules
import uploads
from applications import Application
from asgi import Answer, Handler, Problem, Request
from database import Database
from people import Person
from postings import Posting
from refusals import Forbidden, Invalid, Nobody, Refusal, Unknown
from resumes import Files, Resume

BODY = 65_536  # bytes
JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", *JSON)
NEWEST = 2**63 - 1

T = TypeVar("T")


class Portal:
    def __init__(self, database: Database, files: Files) -> None:
        self.run = database.run
        self.files = files

    def routes(self) -> list[tuple[str, dict[str, Handler]]]:
        routes: list[tuple[str, dict[str, Handler]]] = [
            ("/healthz", {"GET": self.health}),
            ("/people", {"GET": self.list_people, "POST": self.sign_up}),
            ("/people/{item}", {"PATCH": self.change_person}),
            ("/postings", {"GET": self.list_postings, "POST": self.add_posting}),
            ("/postings/{item}", {"GET": self.show_posting, "PATCH": self.change_posting, "DELETE": self.drop_posting}),
            ("/jobs", {"GET": self.search}),
            ("/jobs/{item}", {"GET": self.show_job}),
            ("/jobs/{item}/applications", {"POST": self.apply}),
            ("/applications", {"GET": self.list_applications}),
            ("/applications/{item}", {"GET": self.show_application, "PATCH": self.move_application}),
            ("/resumes", {"GET": self.list_resumes, "POST": self.add_resume}),
            ("/resumes/{item}", {"GET": self.show_resume, "DELETE": self.remove_resume}),
            ("/resumes/{item}/file", {"GET": self.download}),
        ]
        return [(path, {method: translated(handler) for method, handler in row.items()}) for path, row in routes]

    async def health(self, request: Request) -> Answer:
        return Answer(200, {"status": "ok"})

    async def sign_up(self, request: Request) -> Answer:
        new = rules.judge(await request.json(BODY), rules.SIGN_UP, required=["name", "role"])
        person, key = await self.run(people.add, new)
        return Answer(201, {**show_person(person), "key": key}, {"Cache-Control": "no-store"})

    async def list_people(self, request: Request) -> Answer:
        await self.person(request, "admin")
        found, cursor = await self.page(request, people.page)
        return Answer(200, {"items": [show_person(person) for person in found], "next_cursor": cursor})

    async def change_person(self, request: Request, item: str) -> Answer:
        await self.person(request, "admin")
        changes = rules.judge(await request.json(BODY, MERGE_PATCH), rules.CHANGE_PERSON)
        return Answer(200, show_person(await self.run(people.change, item, changes)))

    async def list_postings(self, request: Request) -> Answer:
        recruiter = await self.person(request, "recruiter")

        def page(db: Any, limit: int, before: int) -> list[Posting]:
            return postings.page(db, recruiter.id, limit, before)

        found, cursor = await self.page(request, page)
        return Answer(200, {"items": await self.show_postings(found), "next_cursor": cursor})

    async def add_posting(self, request: Request) -> Answer:
        recruiter = await self.person(request, "recruiter")
        draft = rules.judge(await request.json(BODY), rules.POSTING, required=["title"])
        posting = await self.run(postings.add, recruiter, draft, rules.now())
        return await self.shown(posting, 201, {"Location": f"/postings/{posting.id}"})

    async def show_posting(self, request: Request, item: str) -> Answer:
        recruiter = await self.person(request, "recruiter")
        return await self.shown(await self.run(postings.find, recruiter.id, item))

    async def change_posting(self, request: Request, item: str) -> Answer:
        recruiter = await self.person(request, "recruiter")
        changes = rules.judge(await request.json(BODY, MERGE_PATCH), rules.CHANGE_POSTING)
        return await self.shown(await self.run(postings.change, recruiter.id, item, changes, if_match(request)))

    async def drop_posting(self, request: Request, item: str) -> Answer:
        recruiter = await self.person(request, "recruiter")
        await self.run(postings.remove, recruiter.id, item, if_match(request))
        return Answer(204)

    async def search(self, request: Request) -> Answer:
        asked = {name: value for name, value in request.query.items() if name in rules.SEARCH}
        paging = {name: value for name, value in request.query.items() if name in ("limit", "cursor")}
        judged = rules.judge(asked | paging, rules.SEARCH | PAGING)
        filters = {name: judged[name] for name in asked}

        def page(db: Any, limit: int, before: int) -> list[Posting]:
            return postings.search(db, filters, rules.now(), limit, before)

        found, cursor = await self.page(request, page)
        return Answer(200, {"items": await self.show_postings(found), "next_cursor": cursor})

    async def show_job(self, request: Request, item: str) -> Answer:
        [shown] = await self.show_postings([await self.run(postings.job, item, rules.now())])
        return Answer(200, shown)

    async def apply(self, request: Request, item: str) -> Answer:
        candidate = await self.person(request, "candidate")
        draft = rules.judge(await request.json(BODY), rules.APPLY, required=["resume"])
        application = await self.run(applications.add, candidate, item, draft, rules.now())
        return Answer(201, show_application(application), {"Location": f"/applications/{application.id}"})

    async def list_applications(self, request: Request) -> Answer:
        person = await self.person(request, "candidate", "recruiter")

        def page(db: Any, limit: int, before: int) -> list[Application]:
            return applications.page(db, person, limit, before)

        found, cursor = await self.page(request, page)
        return Answer(200, {"items": [show_application(one) for one in found], "next_cursor": cursor})

    async def show_application(self, request: Request, item: str) -> Answer:
        person = await self.person(request, "candidate", "recruiter")
        return Answer(200, show_application(await self.run(applications.find, person, item)))

    async def move_application(self, request: Request, item: str) -> Answer:
        person = await self.person(request, "candidate", "recruiter")
        to = rules.judge(await request.json(BODY, MERGE_PATCH), rules.MOVE, required=["state"])
        return Answer(200, show_application(await self.run(applications.move, person, item, to["state"])))

    async def list_resumes(self, request: Request) -> Answer:
        owner = await self.person(request, "candidate")

        def page(db: Any, limit: int, before: int) -> list[Resume]:
            return resumes.page(db, owner, limit, before)

        found, cursor = await self.page(request, page)
        return Answer(200, {"items": [show_resume(one) for one in found], "next_cursor": cursor})

    async def add_resume(self, request: Request) -> Answer:
        owner = await self.person(request, "candidate")
        body = await request.read(uploads.FILE + uploads.AROUND)
        name, content = uploads.read_file(request.headers.get("content-type", ""), body)
        resume = await self.run(resumes.add, self.files, owner, name, content, rules.now())
        return Answer(201, show_resume(resume), {"Location": f"/resumes/{resume.id}"})

    async def show_resume(self, request: Request, item: str) -> Answer:
        person = await self.person(request, "candidate", "recruiter")
        return Answer(200, show_resume(await self.run(resumes.find, person, item)))

    async def download(self, request: Request, item: str) -> Answer:
        person = await self.person(request, "candidate", "recruiter")
        resume = await self.run(resumes.find, person, item)
        headers = {"Content-Disposition": uploads.disposition(resume.name), "Cache-Control": "private, no-store"}
        content = await asyncio.to_thread(self.files.read, resume.id)
        return Answer(200, content, headers, "application/pdf")

    async def remove_resume(self, request: Request, item: str) -> Answer:
        owner = await self.person(request, "candidate")
        await self.run(resumes.remove, owner, item)
        # After the row: what a crash between the two leaves is swept away at the next start.
        self.files.remove(item)
        return Answer(204)

    async def person(self, request: Request, *roles: str) -> Person:
        """Whoever sends it, if their role is one of these."""
        person = await self.anybody(request)
        if person is None:
            raise Nobody
        if person.role not in roles:
            raise Forbidden
        return person

    async def anybody(self, request: Request) -> Person | None:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        return await self.run(people.of_key, key) if scheme.lower() == "bearer" else None

    async def shown(self, posting: Posting, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
        [shown] = await self.show_postings([posting])
        return Answer(status, shown, {**(headers or {}), "ETag": etag(posting)})

    async def show_postings(self, found: Sequence[Posting]) -> list[dict[str, Any]]:
        """With the names of their companies, which are asked for once and not for each."""
        ids = list({posting.company for posting in found})
        names = await self.run(people.companies, ids) if ids else {}
        return [show_posting(posting, names[posting.company]) for posting in found]

    async def page(self, request: Request, read: Callable[..., list[T]]) -> tuple[list[T], str | None]:
        """The items, and the cursor of the next page. One more is read, to know whether there is one."""
        asked = {name: value for name, value in request.query.items() if name in PAGING}
        judged = rules.judge(asked, PAGING)
        limit = judged.get("limit", 20)
        found: list[Any] = await self.run(read, limit + 1, judged.get("cursor", NEWEST))
        items, rest = found[:limit], found[limit:]
        return items, write_cursor(items[-1].position) if rest else None


def translated(handler: Handler) -> Handler:
    """The handler, with refusals turned into problem documents."""

    async def answer(request: Request, **arguments: str) -> Answer:
        try:
            if "item" in arguments and not rules.UUID.fullmatch(arguments["item"]):
                raise Unknown
            return await handler(request, **arguments)
        except Refusal as refusal:
            raise as_problem(refusal) from None

    return answer


def as_problem(refusal: Refusal) -> Problem:
    headers = {"WWW-Authenticate": "Bearer"} if isinstance(refusal, Nobody) else None
    if isinstance(refusal, Invalid):
        errors = [{"field": field, "message": message} for field, message in refusal.errors.items()]
        return Problem(refusal.status, str(refusal), headers, errors=errors)
    return Problem(refusal.status, str(refusal), headers)


def show_person(person: Person) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "role": person.role, "company": person.company}


def show_posting(posting: Posting, company: str) -> dict[str, Any]:
    return {
        "id": posting.id,
        "reference": posting.reference,
        "title": posting.title,
        "description": posting.description,
        "company": {"id": posting.company, "name": company},
        "place": posting.place,
        "remote": bool(posting.remote),
        "salary": posting.salary,
        "openings": posting.openings,
        "hired": posting.hired,
        "state": posting.state,
        "closes_at": posting.closes_at and show_time(posting.closes_at),
        "created_at": show_time(posting.created_at),
    }


def show_application(application: Application) -> dict[str, Any]:
    return {
        "id": application.id,
        "job": application.posting,
        "candidate": application.candidate,
        "resume": application.resume,
        "letter": application.letter,
        "state": application.state,
        "created_at": show_time(application.created_at),
    }


def show_resume(resume: Resume) -> dict[str, Any]:
    return {
        "id": resume.id,
        "name": resume.name,
        "media_type": "application/pdf",
        "size": resume.size,
        "created_at": show_time(resume.created_at),
    }


def etag(posting: Posting) -> str:
    return f'"{posting.version}"'


def if_match(request: Request) -> Callable[[Posting], bool]:
    wanted = request.headers.get("if-match", "*")
    return lambda posting: wanted.strip() == "*" or etag(posting) in [tag.strip() for tag in wanted.split(",")]


def write_cursor(last: int) -> str:
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> int:
    try:
        last = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if last.isdigit() and int(last) <= NEWEST:
            return int(last)
    except (ValueError, binascii.Error):
        pass
    raise ValueError("is not a cursor of ours")


def show_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


PAGING: dict[str, rules.Judge] = {"limit": rules.LIMIT, "cursor": read_cursor}
