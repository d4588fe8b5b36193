"""The GraphQL schema: what the features offer, put together, and the things that its resolvers need."""

import functools
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import strawberry
from strawberry.schema.config import StrawberryConfig

from backroad.accounts import graphql as accounts
from backroad.credentials import graphql as credentials
from backroad.curriculum import Curriculum
from backroad.drills import graphql as drills
from backroad.drills.library import DrillLibrary
from backroad.grading import graphql as grading
from backroad.identity.guard import check
from backroad.identity.model import Access, Person
from backroad.interview import graphql as interview
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
from backroad.settings import Settings
from backroad.teaching import graphql as teaching

EVERYWHERE = (accounts, progress, planner, notes, drills, labs, road, interview, grading, credentials)
OF_SERVER = (teaching,)


@functools.cache
def schema_of(*, server: bool) -> Schema:
    """In local mode there is nobody to be in a cohort with."""
    features = (*EVERYWHERE, *OF_SERVER) if server else EVERYWHERE
    return Schema(
        query=_root("Query", features),
        mutation=_root("Mutation", features),
        subscription=labs.Subscription,
        extensions=[Bounded],
        config=StrawberryConfig(disable_field_suggestions=False),
    )


def _root(name: str, features: Iterable[ModuleType]) -> type:
    bases = tuple(getattr(feature, name) for feature in features if hasattr(feature, name))
    return strawberry.type(type(name, bases, {}))


def parts(product: Product, person: Person) -> Mapping[type, Any]:
    """Content may be read again while the server runs, so each operation is given what is there now."""
    return {
        Person: person,
        Settings: product.settings,
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
            person = access.person
            return Context(product.db, person.id, check=functools.partial(check, access), parts=parts(product, person))

        schema = schema_of(server=product.settings.is_server)
        by_http = http.Http(schema, context)
        self.by_post, self.by_get = by_http.by_post, by_http.by_get
        self.live = live.Live(schema, context).live
