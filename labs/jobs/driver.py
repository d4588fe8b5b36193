"""How the checks use a job portal. See `backroad.verifier.driver` for what each hook is for."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from backroad.verifier import Answer, Bench, Request, expect
from backroad.verifier.driver import Collection, Person, Thing
from backroad.verifier.drivers.graphql import GraphQL
from backroad.verifier.drivers.roles import Function, Roles
from backroad.verifier.drivers.uploads import Uploads
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

NOBODY = "00000000-0000-4000-8000-000000000000"  # an id of nothing


class Driver(GraphQL, Uploads, Roles):
    collection = Collection(
        path="/postings",
        text="description",
        unique="reference",
        instant="closes_at",
        wrong={"title": 42, "closes_at": "tomorrow", "salary": -1, "openings": 0},
    )
    uploads = "/resumes"
    upload_kind = "application/pdf"
    upload_name = "resume.pdf"
    roles = ("candidate", "recruiter", "admin")

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench)
        self.ids: dict[str, str] = {}  # key -> id of a person

    # People

    async def person(self) -> Person:
        """A recruiter, since they own the postings that most shared checks are about."""
        return await self.sign_up(role="recruiter", company=self.bench.word("company-"))

    async def uploader(self) -> Person:
        return await self.person_as("candidate")

    async def person_as(self, role: str) -> Person:
        if role == "recruiter":
            return await self.person()
        return self.admin() if role == "admin" else await self.sign_up(role=role)

    async def sign_up(self, **fields: Any) -> Person:
        answer = await self.bench.client().post("/people", json={"name": self.bench.word("name-"), **fields})
        person = self.let_in(answer)
        if person is None:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a key from POST /people", got=got, exchanges=(answer.exchange,))
        return person

    def let_in(self, answer: Answer) -> Person | None:
        made = answer.json() if answer.status in (200, 201) else None
        key = made.get("key") if isinstance(made, dict) else None
        if not isinstance(key, str) or not key:
            return None
        self.ids[key] = str(made["id"]) if "id" in made else NOBODY
        return self.with_key(key)

    def with_key(self, key: str) -> Person:
        headers = {"Authorization": f"Bearer {key}"}
        return Person(client=self.bench.client(headers), credentials=headers, secret=key)

    def admin(self) -> Person:
        """The first one, whose key the target has written into its data."""
        folder = self.bench.target.data_dir
        if folder is None:
            self.bench.unclear("the admin's key is in DATA_DIR, which a run with a URL does not know")
        file = folder / "admin.key"
        if not file.is_file():
            raise Failed(expected="the key of the first admin in DATA_DIR/admin.key", got="no such file")
        return self.with_key(file.read_text().strip())

    # Postings, jobs and applications

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word()
        body = {"title": f"Engineer {word}", "description": f"About {word}", "reference": f"ref-{word}"}
        return {name: value for name, value in {**body, **fields}.items() if value is not ...}

    def created(self, answer: Answer) -> Thing:
        thing = super().created(answer)
        expect.field(answer, "id", type=str)
        expect.field(answer, "company.id", type=str)
        return thing

    def path_of_item(self, item: dict[str, Any]) -> str:
        return f"/postings/{item.get('id')}"

    def public(self, thing: Thing) -> list[str]:
        return [f"/jobs/{thing.fields['id']}"]

    async def resume(self, candidate: Person) -> str:
        return str(expect.field(await self.uploaded(candidate, self.content()), "id", type=str))

    async def apply(self, candidate: Person, job: Thing, **fields: Any) -> Thing:
        """With a résumé of their own, made for it unless one is given."""
        body = {"resume": fields.pop("resume", "") or await self.resume(candidate), **fields}
        answer = await candidate.client.post(f"{self.public(job)[0]}/applications", json=body)
        if answer.status != 201:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="an application", got=got, exchanges=(answer.exchange,))
        path = f"/applications/{expect.field(answer, 'id', type=str)}"
        return Thing(path=path, fields=dict(answer.json()), answer=answer)

    async def move(self, person: Person, application: Thing, *states: str) -> Answer:
        """Through these states; the last answer is not judged."""
        *first, last = states
        for state in first:
            expect.status(await person.client.patch(application.path, json={"state": state}), 200)
        return await person.client.patch(application.path, json={"state": last})

    # What strangers try

    def private(self) -> list[Request]:
        return [
            Request("GET", "/postings"),
            Request("POST", "/postings", json=self.draft()),
            Request("GET", f"/postings/{NOBODY}"),
            Request("PATCH", f"/postings/{NOBODY}", json={"title": "Mine"}),
            Request("DELETE", f"/postings/{NOBODY}"),
            Request("POST", f"/jobs/{NOBODY}/applications", json={"resume": NOBODY}),
            Request("GET", "/applications"),
            Request("GET", f"/applications/{NOBODY}"),
            Request("PATCH", f"/applications/{NOBODY}", json={"state": "hired"}),
            Request("GET", "/resumes"),
            self.upload_request(self.content()),
            Request("GET", f"/resumes/{NOBODY}"),
            Request("GET", f"/resumes/{NOBODY}/file"),
            Request("DELETE", f"/resumes/{NOBODY}"),
            Request("GET", "/people"),
            Request("PATCH", f"/people/{NOBODY}", json={"role": "admin"}),
        ]

    def read_only(self, other: Person) -> Mapping[str, Any]:
        return {
            "id": NOBODY,
            "hired": 7,
            "created_at": "2001-02-03T04:05:06.000Z",
            "company": {"id": NOBODY, "name": "Another"},
            "recruiter": NOBODY,
            "version": 99,
        }

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        path = quote(text, safe="")
        return {
            "the id of a job": Request("GET", f"/jobs/{path}"),
            "the id of a posting": person.request("GET", f"/postings/{path}"),
            "the id of a posting to change": person.request("PATCH", f"/postings/{path}", json={"title": "Mine"}),
            "the id of a posting to delete": person.request("DELETE", f"/postings/{path}"),
            "the id of an application": person.request("GET", f"/applications/{path}"),
            "a cursor": person.request("GET", "/postings", query={"cursor": text}),
            "a limit": Request("GET", "/jobs", query={"limit": text}),
            "a salary to search from": Request("GET", "/jobs", query={"salary_from": text}),
            "a reference": person.request("POST", "/postings", json=self.draft(reference=text)),
            "a key": Request("GET", "/postings", headers={"Authorization": f"Bearer {text}"}),
        }

    # Uploads

    def content(self, size: int = 0) -> bytes:
        start, end = f"%PDF-1.4\n% {self.bench.word('resume-')}\n".encode(), b"\n%%EOF\n"
        return start + b"x" * max(0, size - len(start) - len(end)) + end

    def disguises(self) -> Mapping[str, bytes]:
        return {
            "a page of HTML": b"<!doctype html><script>alert(1)</script>",
            "an SVG with a script": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            "a program": b"\x7fELF\x02\x01\x01" + bytes(64),
            "a ZIP archive": b"PK\x03\x04" + bytes(64),
            "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(32),
            "the first half of a PDF": self.content(4_000)[:2_000],
            "nothing": b"",
        }

    def two_in_one(self) -> Mapping[str, bytes]:
        pdf = self.content()
        return {
            "HTML, then a PDF": b"<script>alert(1)</script>\n" + pdf,
            "a GIF, then a PDF": b"GIF89a/*" + pdf,
            "a blank, then a PDF": b" " + pdf,
            "a PDF, then a ZIP archive": pdf + b"PK\x03\x04" + bytes(30) + b"PK\x05\x06" + bytes(18) + b"\n%%EOF\n",
        }

    def download_path(self, answer: Answer) -> str:
        return f"{self.upload_path(answer)}/file"

    # Roles

    def functions(self) -> list[Function]:
        candidate, recruiter, admin = (frozenset({role}) for role in self.roles)
        who = {
            "list postings": (Request("GET", "/postings"), recruiter),
            "write a posting": (Request("POST", "/postings", json={}), recruiter),
            "change a posting": (Request("PATCH", f"/postings/{NOBODY}", json={"title": "A"}), recruiter),
            "delete a posting": (Request("DELETE", f"/postings/{NOBODY}"), recruiter),
            "apply": (Request("POST", f"/jobs/{NOBODY}/applications", json={"resume": NOBODY}), candidate),
            "list applications": (Request("GET", "/applications"), candidate | recruiter),
            "move an application": (
                Request("PATCH", f"/applications/{NOBODY}", json={"state": "rejected"}),
                candidate | recruiter,
            ),
            "list résumés": (Request("GET", "/resumes"), candidate),
            "send a résumé": (self.upload_request(b"no PDF"), candidate),
            "delete a résumé": (Request("DELETE", f"/resumes/{NOBODY}"), candidate),
            "download a résumé": (Request("GET", f"/resumes/{NOBODY}/file"), candidate | recruiter),
            "list people": (Request("GET", "/people"), admin),
            "change somebody's role": (Request("PATCH", f"/people/{NOBODY}", json={"role": "recruiter"}), admin),
        }
        return [Function(name=name, request=request, roles=roles) for name, (request, roles) in who.items()]

    async def sign_up_as(self, role: str) -> Mapping[str, tuple[Answer, Person | None]]:
        name = self.bench.word("name-")
        bodies = {
            "asking for the role": {"name": name, "role": role},
            "asking in capitals": {"name": name, "role": role.upper()},
            "asking for two": {"name": name, "role": ["candidate", role]},
            "with a flag": {"name": name, "role": "candidate", "is_admin": True, "admin": True},
            "with a list of roles": {"name": name, "role": "candidate", "roles": [role]},
        }
        answers = {way: await self.bench.client().post("/people", json=body) for way, body in bodies.items()}
        twice = f'{{"name": "{name}", "role": "candidate", "role": "{role}"}}'
        headers = {"Content-Type": "application/json"}
        answers["asking twice"] = await self.bench.client().post("/people", headers=headers, body=twice)
        return {way: (answer, self.let_in(answer)) for way, answer in answers.items()}

    async def set_role(self, person: Person, role: str) -> Answer:
        return await self.admin().client.patch(f"/people/{self.ids[person.secret]}", json={"role": role})

    async def set_role_by(self, person: Person, role: str) -> None:
        for path in (f"/people/{self.ids[person.secret]}", "/people/me"):
            await person.client.patch(path, json={"role": role})
            await person.client.put(path, json={"role": role})

    async def belongings(self) -> tuple[Person, list[Person], Mapping[str, Request]]:
        """A candidate's application and résumé, seen by another candidate and by a recruiter of other jobs."""
        recruiter, candidate = await self.person(), await self.uploader()
        application = await self.apply(candidate, await self.create(recruiter), letter="Between us.")
        resume = f"/resumes/{expect.field(application.answer, 'resume', type=str)}"
        spare = f"/resumes/{await self.resume(candidate)}"
        return candidate, [await self.uploader(), await self.person()], {
            "read an application": Request("GET", application.path),
            "read about a résumé": Request("GET", resume),
            "download a résumé": Request("GET", f"{resume}/file"),
            "withdraw an application": Request("PATCH", application.path, json={"state": "withdrawn"}),
            "delete a résumé": Request("DELETE", spare),
        }  # fmt: skip

    # GraphQL

    def query_of_depth(self, depth: int) -> str:
        inner = "id"
        for level in range(depth - 1):
            list_or_one = "jobs(first: 1)" if (depth - level) % 2 == 0 else "company"
            inner = f"{list_or_one} {{ {inner} }}"
        return f"{{ {inner} }}"

    def query_of_size(self, size: int | str) -> str:
        return f"{{ jobs(first: {size}) {{ id }} }}"

    def costly_query(self) -> str:
        return "{ jobs(first: 50) { company { jobs(first: 50) { id title } } } }"

    def query_of_many(self, count: int) -> str:
        return f"{{ jobs(first: {count}) {{ id title company {{ id name }} }} }}"

    async def create_for_query(self, count: int) -> None:
        for _ in range(count):
            await self.create(await self.person())

    def odd_values(self) -> Mapping[str, tuple[str, Mapping[str, Any]]]:
        by_id = "query ($id: ID!) { job(id: $id) { id } }"
        search = "query ($q: String) { jobs(q: $q) { id } }"
        first = "query ($first: Int) { jobs(first: $first) { id } }"
        return {
            "an id that is SQL": (by_id, {"id": "' OR 1=1 -- "}),
            "an id with a NUL": (by_id, {"id": "\u0000"}),
            "an id that is a list": (by_id, {"id": ["a", "b"]}),
            "a search for a NUL": (search, {"q": "\u0000"}),
            "a search for 10,000 letters": (search, {"q": "x" * 10_000}),
            "a list of minus one": (first, {"first": -1}),
            "a list of two billion": (first, {"first": 2_147_483_647}),
            "a list of more than an integer": (first, {"first": 2**63}),
        }

    async def guarded(self) -> tuple[Person, str, Mapping[str, str], Mapping[str, Person | None]]:
        recruiter, candidate, secret = await self.person(), await self.uploader(), self.bench.word("secret-")
        job = await self.create(recruiter)
        application = await self.apply(candidate, job, letter=secret)
        job_id, company = job.fields["id"], job.fields["company"]["id"]
        letters = "applications { letter candidate { name } }"
        queries = {
            "an application": f'{{ application(id: "{application.fields["id"]}") {{ letter }} }}',
            "the applications of a job": f'{{ job(id: "{job_id}") {{ {letters} }} }}',
            "those through the company": f'{{ company(id: "{company}") {{ jobs {{ {letters} }} }} }}',
            "those through job, company and job": f'{{ job(id: "{job_id}") {{ company {{ jobs {{ {letters} }} }} }} }}',
        }
        strangers = {"a stranger": None, "another recruiter": await self.person(), "a candidate": await self.uploader()}
        return recruiter, secret, queries, strangers

    async def mutation(self) -> tuple[Person, str, Mapping[str, Any]]:
        recruiter, candidate = await self.person(), await self.uploader()
        job = await self.create(recruiter)
        query = "mutation ($j: ID!, $r: ID!) { apply(job: $j, resume: $r) { id } }"
        return candidate, query, {"j": job.fields["id"], "r": await self.resume(candidate)}

    async def mutated(self, person: Person) -> bool:
        answer = expect.status(await person.client.get("/applications"), 200)
        return bool(expect.field(answer, "items", type=list))
