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
Check = Callable[[Mapping[str, Any], str], None]
"""Raises a Problem for who may not use a field with such metadata (`role`, `scope`), or lacks the scope that a field
needs which names none."""
MOST_ITEMS = 100
"""Of one page."""


class Context:
    """One operation of one person. `check` judges its fields; `parts` are what resolvers need, by type."""

    def __init__(self, db: Database, person: str, *, check: Check, parts: Mapping[type, Any]) -> None:
        self.db = db
        self.person = person
        self.check = check
        self._parts = parts
        self._asked: dict[Hashable, asyncio.Task[Any]] = {}
        self._loaders: dict[Hashable, DataLoader[Any, Any]] = {}

    def afresh(self) -> "Context":
        """For the next operation on a connection that stays open: nothing is remembered."""
        return Context(self.db, self.person, check=self.check, parts=self._parts)

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
        self.forget()
        return done

    def forget(self) -> None:
        self._asked.clear()
        self._loaders.clear()


Info = strawberry.Info[Context, None]
Id = Annotated[strawberry.ID, strawberry.argument(name="id")]
MaybeId = Annotated[strawberry.ID | None, strawberry.argument(name="id")]
"""An argument that is called `id`."""


def field(
    description: str | None = None, *, size: int | None = None, cost: int | None = None, role: str | None = None
) -> Callable[[F], F]:
    """A field with a resolver. `size` is how many items its list has as a rule, `cost` how many ordinary fields it
    weighs, `role` whom it is for; all of them are judged in `limits`."""
    metadata = _given(size=size, cost=cost, role=role)
    return cast(Callable[[F], F], strawberry.field(description=description, metadata=metadata))


def mutation(
    description: str | None = None, *, cost: int | None = None, role: str | None = None, scope: str | None = None
) -> Callable[[F], F]:
    """`scope` is what a token needs for it in place of `write`."""
    metadata = _given(cost=cost, role=role, scope=scope)
    return cast(Callable[[F], F], strawberry.mutation(description=description, metadata=metadata))


def subscription(description: str) -> Callable[[F], F]:
    return cast(Callable[[F], F], strawberry.subscription(description=description))


def _given(**metadata: Any) -> dict[Any, Any]:
    return {name: value for name, value in metadata.items() if value is not None}


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
