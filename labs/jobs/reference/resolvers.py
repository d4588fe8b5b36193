"""The schema, and what answers each of its fields. Rules are those of REST: the same verbs are called."""

from collections.abc import Awaitable
from typing import Any

import applications
import people
import postings
import resumes
import rules
from applications import Application
from graphql import GraphQLObjectType, GraphQLResolveInfo, build_schema
from loader import Loader
from people import Person
from postings import Posting
from refusals import Forbidden, Nobody, Unknown
from rest import NEWEST, Portal, show_time
from resumes import Resume

SCHEMA = build_schema("""
type Query {
  "Open jobs, the newest first."
  jobs(first: Int = 20, q: String): [Job!]!
  job(id: ID!): Job
  company(id: ID!): Company
  application(id: ID!): Application
  "Whoever asks."
  me: Person
}
type Mutation {
  apply(job: ID!, resume: ID!, letter: String): Application!
  moveApplication(id: ID!, state: String!): Application!
}
type Job {
  id: ID!
  title: String!
  description: String
  place: String
  remote: Boolean!
  salary: Int
  state: String!
  closesAt: String
  createdAt: String!
  company: Company!
  "For the recruiter of the job alone."
  applications(first: Int = 20): [Application!]
}
type Company {
  id: ID!
  name: String!
  "Its open jobs, the newest first."
  jobs(first: Int = 20): [Job!]!
}
type Application {
  id: ID!
  state: String!
  letter: String
  createdAt: String!
  job: Job!
  candidate: Candidate!
  resume: Resume!
}
type Candidate {
  id: ID!
  name: String!
}
type Resume {
  id: ID!
  name: String!
  size: Int!
}
type Person {
  id: ID!
  name: String!
  role: String!
  postings(first: Int = 20): [Job!]!
  applications(first: Int = 20): [Application!]!
  resumes(first: Int = 20): [Resume!]!
}
""")


class Context:
    """Of one request."""

    def __init__(self, portal: Portal, person: Person | None) -> None:
        self.person = person
        self.run = run = portal.run
        asking = person.id if person else ""
        self.company = Loader(lambda ids: run(people.companies, ids))
        self.name = Loader(lambda ids: run(people.named, ids))
        self.job = Loader(lambda ids: run(postings.of_ids, ids))
        self.resume = Loader(lambda ids: run(resumes.of_ids, ids))
        self.jobs_of_company = Loader(lambda keys: run(postings.of_companies, keys, rules.now()))
        self.applications_of_job = Loader(lambda keys: run(applications.of_postings, asking, keys))

    def somebody(self) -> Person:
        if self.person is None:
            raise Nobody
        return self.person

    def role(self, role: str) -> Person:
        if self.somebody().role != role:
            raise Forbidden
        return self.somebody()


Info = GraphQLResolveInfo[Context]


def identity(value: str) -> str:
    if not rules.UUID.fullmatch(value):
        raise Unknown
    return value


class Query:
    async def jobs(self, _: None, info: Info, first: int, q: str | None = None) -> list[Posting]:
        filters = rules.judge({} if q is None else {"q": q}, rules.SEARCH)
        return await info.context.run(postings.search, filters, rules.now(), first, NEWEST)

    async def job(self, _: None, info: Info, id: str) -> Posting | None:  # noqa: A002
        try:
            return await info.context.run(postings.job, identity(id), rules.now())
        except Unknown:
            return None

    async def company(self, _: None, info: Info, id: str) -> dict[str, str] | None:  # noqa: A002
        name = await info.context.company(id) if rules.UUID.fullmatch(id) else None
        return {"id": id, "name": name} if name is not None else None

    async def application(self, _: None, info: Info, id: str) -> Application | None:  # noqa: A002
        try:
            return await info.context.run(applications.find, info.context.somebody(), identity(id))
        except Unknown:
            return None

    def me(self, _: None, info: Info) -> Person | None:
        return info.context.person


class Mutation:
    async def apply(self, _: None, info: Info, job: str, **draft: Any) -> Application:
        candidate = info.context.role("candidate")
        judged = rules.judge(draft, rules.APPLY, required=["resume"])
        return await info.context.run(applications.add, candidate, identity(job), judged, rules.now())

    async def moveApplication(self, _: None, info: Info, id: str, state: str) -> Application:  # noqa: A002
        person = info.context.somebody()
        to = rules.judge({"state": state}, rules.MOVE)["state"]
        return await info.context.run(applications.move, person, identity(id), to)


class Job:
    def remote(self, job: Posting, info: Info) -> bool:
        return bool(job.remote)

    def closesAt(self, job: Posting, info: Info) -> str | None:
        return show_time(job.closes_at) if job.closes_at else None

    def createdAt(self, job: Posting, info: Info) -> str:
        return show_time(job.created_at)

    async def company(self, job: Posting, info: Info) -> dict[str, str]:
        return {"id": job.company, "name": await info.context.company(job.company)}

    async def applications(self, job: Posting, info: Info, first: int) -> list[Application]:
        info.context.role("recruiter")
        found: list[Application] | None = await info.context.applications_of_job((job.id, first))
        if found is None:
            raise Forbidden
        return found


class Company:
    def jobs(self, company: dict[str, str], info: Info, first: int) -> Awaitable[list[Posting]]:
        return info.context.jobs_of_company((company["id"], first))


class OfApplication:
    def createdAt(self, application: Application, info: Info) -> str:
        return show_time(application.created_at)

    def job(self, application: Application, info: Info) -> Awaitable[Posting]:
        return info.context.job(application.posting)

    async def candidate(self, application: Application, info: Info) -> dict[str, str]:
        return {"id": application.candidate, "name": await info.context.name(application.candidate)}

    def resume(self, application: Application, info: Info) -> Awaitable[Resume]:
        return info.context.resume(application.resume)


class Me:
    """`me` is the only person that there is in the graph: all of this is somebody's own."""

    async def postings(self, me: Person, info: Info, first: int) -> list[Posting]:
        info.context.role("recruiter")
        return await info.context.run(postings.page, me.id, first, NEWEST)

    async def applications(self, me: Person, info: Info, first: int) -> list[Application]:
        return await info.context.run(applications.page, me, first, NEWEST)

    async def resumes(self, me: Person, info: Info, first: int) -> list[Resume]:
        info.context.role("candidate")
        return await info.context.run(resumes.page, me, first, NEWEST)


def bind(name: str, resolvers: object) -> None:
    fields = SCHEMA.type_map[name]
    assert isinstance(fields, GraphQLObjectType)
    for field_name, field in fields.fields.items():
        field.resolve = getattr(resolvers, field_name, None)


for name, resolvers in {
    "Query": Query(), "Mutation": Mutation(), "Job": Job(), "Company": Company(), "Application": OfApplication(),
    "Person": Me(),
}.items():  # fmt: skip
    bind(name, resolvers)
