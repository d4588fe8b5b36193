"""The GraphQL schema: what the features offer, put together, and the things that its resolvers need."""

from collections.abc import Mapping
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from backroad.accounts import graphql as accounts
from backroad.curriculum import Curriculum
from backroad.drills import graphql as drills
from backroad.drills.library import DrillLibrary
from backroad.identity.model import Access
from backroad.kit.graphql import http, live
from backroad.kit.graphql.context import Context
from backroad.kit.graphql.errors import Schema
from backroad.kit.graphql.limits import Bounded
from backroad.labs import graphql as labs
from backroad.labs.library import LabLibrary
from backroad.notes import graphql as notes
from backroad.notes.places import Places
from backroad.planner import graphql as planner
from backroad.product import Product
from backroad.progress import Facts
from backroad.progress import graphql as progress
from backroad.road import graphql as road


@strawberry.type
class Query(accounts.Query, progress.Query, planner.Query, notes.Query, drills.Query, labs.Query, road.Query):
    pass


@strawberry.type
class Mutation(accounts.Mutation, planner.Mutation, notes.Mutation, drills.Mutation, road.Mutation):
    pass


SCHEMA = Schema(
    query=Query,
    mutation=Mutation,
    subscription=labs.Subscription,
    extensions=[Bounded],
    config=StrawberryConfig(disable_field_suggestions=False),
)


def parts(product: Product) -> Mapping[type, Any]:
    """Content may be read again while the server runs, so each operation is given what is there now."""
    return {
        Curriculum: product.curriculum,
        DrillLibrary: product.library,
        LabLibrary: product.labs,
        Facts: product.facts,
        Places: product.places,
        planner.Ground: planner.Ground(product.curriculum, product.outlines, product.facts),
    }


class Answers:
    """To requests and over sockets; `routes` loads this when the first one comes."""

    def __init__(self, product: Product) -> None:
        def context(connection: Any) -> Context:
            access: Access = connection.scope["access"]
            return Context(product.db, access.person.id, may_write=access.allows("write"), parts=parts(product))

        by_http = http.Http(SCHEMA, context)
        self.by_post, self.by_get = by_http.by_post, by_http.by_get
        self.live = live.Live(SCHEMA, context).live
