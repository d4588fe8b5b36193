"""Credentials over GraphQL. Verifying one is REST's, which asks nobody who they are."""

from datetime import datetime

import strawberry

from backroad.credentials import actions, model, store
from backroad.credentials.issuer import issuer_of
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.graphql.context import Id, Info, copied, field, mutation, page_size, sized
from backroad.kit.paging import read_cursor, write_cursor
from backroad.settings import Settings

HEAVY = 50
"""What is proven is read from the whole ledger, and signed."""


@strawberry.type(description="A signed record of what you have proven.")
class Credential:
    id: strawberry.ID
    subject: str = strawberry.field(description="`skill:<id>` or `road:<id>`.")
    title: str
    jwt: str = strawberry.field(description="The credential itself.")
    issued_at: datetime
    revoked_at: datetime | None
    reason: str = strawberry.field(description="Why it was revoked.")


def credential_of(noun: model.Credential) -> Credential:
    return copied(Credential, noun)


@strawberry.type
class CredentialPage:
    items: list[Credential] = strawberry.field(metadata={"size": 1})
    next_cursor: str | None


@strawberry.type
class Query:
    @field("Yours, newest first.")
    async def credentials(self, info: Info, first: int = 20, after: str | None = None) -> CredentialPage:
        person, size, before = info.context.person, page_size(first), read_cursor(after)
        found = await info.context.db.run(lambda tx: store.newest(tx, person, size + 1, before))
        page = sized(found, size, lambda one: write_cursor(one.issued_at, one.id))
        return CredentialPage(items=[credential_of(one) for one in page.items], next_cursor=page.next_cursor)

    @field("One of yours.")
    async def credential(self, info: Info, credential_id: Id) -> Credential:
        person = info.context.person
        return credential_of(await info.context.db.run(lambda tx: actions.get(tx, person, str(credential_id))))


@strawberry.type
class Mutation:
    @mutation(
        "Have a proven skill certified, or those of a road; the same standing gives the same credential.", cost=HEAVY
    )
    async def issue_credential(self, info: Info, subject: str) -> Credential:
        context = info.context
        person, curriculum = context.part(Person), context.part(Curriculum)
        issuer = issuer_of(context.part(Settings))
        item, _ = await context.write(lambda tx: actions.issue(tx, person, subject, issuer, curriculum, clock.now()))
        return credential_of(item)

    @mutation("Take a credential back, for good.")
    async def revoke_credential(self, info: Info, credential_id: Id) -> Credential:
        person = info.context.person
        return credential_of(
            await info.context.write(lambda tx: actions.revoke(tx, person, str(credential_id), clock.now()))
        )
