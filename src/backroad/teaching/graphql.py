"""Cohorts over GraphQL: making them, and who is in them. `standing_graphql`, `assignment_graphql` and `learner_graphql`
go on."""

from datetime import date, datetime
from enum import Enum

import strawberry
from sqlalchemy import Connection

from backroad.cohorts import actions, invitations, store
from backroad.cohorts.model import Instructor as InstructorNoun
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.etags import refuse_stale, tag_of
from backroad.kit.graphql.context import Id, Info, copied, field, mutation, page_size, sized
from backroad.kit.paging import read_cursor, write_cursor
from backroad.settings import Settings
from backroad.teaching import actions as teaching
from backroad.teaching import assignment_graphql, learner_graphql, standing_graphql
from backroad.teaching.api import entry_of, newest
from backroad.teaching.entries import CohortEntry, invitation_entry


@strawberry.enum(description="In a cohort. An admin is an instructor of every one.")
class CohortRole(Enum):
    INSTRUCTOR = "instructor"
    MEMBER = "member"


@strawberry.type(description="Learners with an instructor.")
class Cohort:
    id: strawberry.ID
    name: str
    road: str = strawberry.field(description="Id of the road.")
    start: date
    end: date = strawberry.field(description="The last day, included.")
    minutes_a_week: int
    created_at: datetime
    archived_at: datetime | None
    role: CohortRole = strawberry.field(description="Yours.")
    instructors: list[str] = strawberry.field(description="Their names.")
    learners: int | None = strawberry.field(description="How many; for instructors alone.")
    etag: str = strawberry.field(description="What `ifMatch` takes, and REST's If-Match.")


def cohort_of(entry: CohortEntry) -> Cohort:
    return copied(Cohort, entry, role=CohortRole(entry.role), etag=tag_of(entry))


@strawberry.type
class CohortPage:
    items: list[Cohort] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type(description="Of a cohort.")
class Instructor:
    person: strawberry.ID
    name: str


def instructor_of(noun: InstructorNoun) -> Instructor:
    return copied(Instructor, noun)


@strawberry.type(description="A link by which learners join a cohort.")
class Invitation:
    id: strawberry.ID
    created_at: datetime
    expires_at: datetime
    uses: int = strawberry.field(description="How many may join by it.")
    used: int
    revoked_at: datetime | None
    open: bool = strawberry.field(description="Whether somebody can still join by it.")


@strawberry.type
class InvitationMade(Invitation):
    link: str = strawberry.field(description="Shown this once: it is not kept.")


@strawberry.input
class CohortInput:
    name: str
    start: date
    end: date
    road: str = "canonical"
    minutes_a_week: int = 0


@strawberry.input(description="What is left out stays as it is.")
class CohortChangeInput:
    name: str | None = None
    road: str | None = None
    start: date | None = None
    end: date | None = None
    minutes_a_week: int | None = None
    archived: bool | None = None


@strawberry.type
class Query(standing_graphql.Query, assignment_graphql.Query, learner_graphql.Query):
    @field("Yours, newest first; with `role`, only those that you instruct, or learn in.")
    async def cohorts(
        self,
        info: Info,
        first: int = 20,
        after: str | None = None,
        role: CohortRole | None = None,
        archived: bool | None = None,
    ) -> CohortPage:
        person, size, before = info.context.part(Person), page_size(first), read_cursor(after)
        chosen = role.value if role else None
        found = await info.context.db.run(
            lambda tx: newest(tx, person, size + 1, role=chosen, archived=archived, before=before)
        )
        page = sized(found, size, lambda one: write_cursor(one.created_at, one.id))
        return CohortPage(items=[cohort_of(one) for one in page.items], next_cursor=page.next_cursor)

    @field()
    async def cohort(self, info: Info, cohort_id: Id) -> Cohort:
        person = info.context.part(Person)
        return cohort_of(
            await info.context.db.run(lambda tx: entry_of(tx, person, actions.seen(tx, person, str(cohort_id))[0]))
        )

    @field("The first one first.", role="instructor")
    async def cohort_instructors(self, info: Info, cohort: strawberry.ID) -> list[Instructor]:
        person = info.context.part(Person)
        found = await info.context.db.run(
            lambda tx: actions.instructors_of(tx, actions.taught(tx, person, str(cohort)).id)
        )
        return [instructor_of(one) for one in found]

    @field("Newest first.", role="instructor")
    async def invitations(self, info: Info, cohort: strawberry.ID) -> list[Invitation]:
        person, now = info.context.part(Person), clock.now()
        found = await info.context.db.run(lambda tx: store.invitations(tx, actions.taught(tx, person, str(cohort)).id))
        return [copied(Invitation, invitation_entry(one, now)) for one in found]


@strawberry.type
class Mutation(assignment_graphql.Mutation, learner_graphql.Mutation):
    @mutation("Make a cohort that you instruct.", role="instructor")
    async def make_cohort(self, info: Info, cohort: CohortInput) -> Cohort:
        person, roads = info.context.part(Person), info.context.part(Curriculum).roads

        def make(tx: Connection) -> CohortEntry:
            return entry_of(tx, person, actions.make(tx, person, roads=roads, now=clock.now(), **vars(cohort)))

        return cohort_of(await info.context.write(make))

    @mutation(
        "Change, archive or resume a cohort; with `ifMatch`, only if its ETag is still this one.", role="instructor"
    )
    async def change_cohort(
        self, info: Info, cohort_id: Id, changes: CohortChangeInput, if_match: str | None = None
    ) -> Cohort:
        person, roads = info.context.part(Person), info.context.part(Curriculum).roads
        given = {name: value for name, value in vars(changes).items() if value is not None}

        def change(tx: Connection) -> CohortEntry:
            refuse_stale(if_match, entry_of(tx, person, actions.taught(tx, person, str(cohort_id))))
            return entry_of(tx, person, actions.change(tx, person, str(cohort_id), roads, clock.now(), **given))

        return cohort_of(await info.context.write(change))

    @mutation("Let another instructor teach it too.", role="instructor")
    async def add_instructor(self, info: Info, cohort: strawberry.ID, email: str) -> Instructor:
        person = info.context.part(Person)
        return instructor_of(
            await info.context.write(lambda tx: actions.add_instructor(tx, person, str(cohort), email, clock.now()))
        )

    @mutation("Take a cohort from an instructor; their id.", role="instructor")
    async def remove_instructor(self, info: Info, cohort: strawberry.ID, instructor: strawberry.ID) -> strawberry.ID:
        person, where = info.context.part(Person), (str(cohort), str(instructor))
        await info.context.write(lambda tx: actions.remove_instructor(tx, person, *where, clock.now()))
        return instructor

    @mutation("Make a link by which learners join.", role="instructor")
    async def invite(self, info: Info, cohort: strawberry.ID, days: int = 14, uses: int = 30) -> InvitationMade:
        person, now = info.context.part(Person), clock.now()

        def make(tx: Connection) -> InvitationMade:
            taught = actions.taught(tx, person, str(cohort), going_on=True)
            made, token = invitations.invite(tx, taught, person, days=days, uses=uses, now=now)
            link = f"{info.context.part(Settings).base_url}{invitations.path_of(token)}"
            return copied(InvitationMade, invitation_entry(made, now), link=link)

        return await info.context.write(make)

    @mutation("Revoke an invitation; who joined by it stays. Its id.", role="instructor")
    async def revoke_invitation(self, info: Info, cohort: strawberry.ID, invitation_id: Id) -> strawberry.ID:
        person = info.context.part(Person)

        def revoke(tx: Connection) -> None:
            taught = actions.taught(tx, person, str(cohort))
            invitations.revoke(tx, taught, person, str(invitation_id), clock.now())

        await info.context.write(revoke)
        return invitation_id

    @mutation(
        "Join by an invitation: `token` is what stands last in its link. `followRoad` takes up the cohort's road."
    )
    async def join_cohort(self, info: Info, token: str, follow_road: bool = False) -> Cohort:
        person, roads = info.context.part(Person), info.context.part(Curriculum).roads

        def join(tx: Connection) -> CohortEntry:
            return entry_of(tx, person, teaching.join(tx, person, token, roads, clock.now(), follow_road=follow_road))

        return cohort_of(await info.context.write(join))

    @mutation("Leave a cohort; what you did stays yours. Its id.")
    async def leave_cohort(self, info: Info, cohort_id: Id) -> strawberry.ID:
        person = info.context.part(Person)
        await info.context.write(lambda tx: actions.leave(tx, person, str(cohort_id), clock.now()))
        return cohort_id
