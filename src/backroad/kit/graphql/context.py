"""What a resolver has at hand, and how many resolvers that want the same ask the database once."""

import asyncio
import dataclasses
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Annotated, Any, TypeVar, cast

import strawberry
from sqlalchemy import Connection
from strawberry.dataloader import DataLoader

from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.paging import Page

F = TypeVar("F", bound=Callable[..., Any])
K = TypeVar("K")
T = TypeVar("T")
MOST_ITEMS = 100
"""Of one page."""


class Context:
    """One operation of one person. `parts` are the things that live as long as the process, by their type."""

    def __init__(self, db: Database, person: str, *, may_write: bool, parts: Mapping[type, Any]) -> None:
        self.db = db
        self.person = person
        self.may_write = may_write
        self._parts = parts
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def afresh(self) -> "Context":
        """For the next operation on a connection that stays open: nothing is remembered."""
        return Context(self.db, self.person, may_write=self.may_write, parts=self._parts)

    def part(self, kind: type[T]) -> T:
        return cast(T, self._parts[kind])

    async def once(self, name: Hashable, read: Callable[[Connection], T]) -> T:
        """Read it in one transaction; whoever else asks for it in this operation is given the same."""
        if name not in self._asked:
            self._asked[name] = asyncio.create_task(self.db.run(read))
        return cast(T, await asyncio.shield(self._asked[name]))

    async def many(
        self, name: Hashable, key: K, read: Callable[[Connection, Sequence[K]], Mapping[K, T]], default: T
    ) -> T:
        """Of one of many: what is asked for at the same time is read together, in one transaction."""
        if name not in self._loaders:

            async def load(keys: list[K]) -> list[T]:
                found = await self.db.run(lambda tx: read(tx, keys))
                return [found.get(one, default) for one in keys]

            self._loaders[name] = DataLoader(load_fn=load)
        return cast(T, await self._loaders[name].load(key))

    async def write(self, change: Callable[[Connection], T]) -> T:
        """Change something; what was read before is forgotten."""
        done = await self.db.run(change)
        self._asked.clear()
        self._loaders.clear()
        return done


Info = strawberry.Info[Context, None]
Id = Annotated[strawberry.ID, strawberry.argument(name="id")]
MaybeId = Annotated[strawberry.ID | None, strawberry.argument(name="id")]
"""An argument that is called `id`."""


def field(description: str | None = None, *, size: int | None = None, cost: int | None = None) -> Callable[[F], F]:
    """A field with a resolver. `size` is how many items its list has as a rule, `cost` how many ordinary fields it
    weighs; both count in `limits`."""
    return cast(Callable[[F], F], strawberry.field(description=description, metadata=_weighed(size, cost)))


def mutation(description: str | None = None, *, cost: int | None = None) -> Callable[[F], F]:
    return cast(Callable[[F], F], strawberry.mutation(description=description, metadata=_weighed(None, cost)))


def subscription(description: str) -> Callable[[F], F]:
    return cast(Callable[[F], F], strawberry.subscription(description=description))


def _weighed(size: int | None, cost: int | None) -> dict[Any, Any]:
    return {name: value for name, value in (("size", size), ("cost", cost)) if value is not None}


def page_size(first: int) -> int:
    if not 1 <= first <= MOST_ITEMS:
        raise Problem(f"A page cannot have {first} items.", f"Ask for 1 to {MOST_ITEMS}.")
    return first


def sized(items: Sequence[T], first: int, cursor: Callable[[T], str]) -> Page[T]:
    """A page from `first` items and perhaps one more, which only says that there is a next page."""
    more = items[first - 1] if len(items) > first else None
    return Page(list(items[:first]), cursor(more) if more is not None else None)


def copied(kind: Callable[..., T], noun: object, /, **more: Any) -> T:
    """A noun of a feature as its GraphQL type: the fields of the same names, and `more`."""
    names = [field.name for field in dataclasses.fields(kind) if field.init]  # type: ignore[arg-type]
    return kind(**{name: getattr(noun, name) for name in names if name not in more and hasattr(noun, name)}, **more)
