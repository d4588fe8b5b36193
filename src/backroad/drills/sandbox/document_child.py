"""Runs shell statements against fresh collections of documents. Runs inside the child; see `served.py`.

The database is mongomock's, in memory, or an own one on a MongoDB server where `url` is given.
"""

import contextlib
import datetime
import importlib
import re
import secrets
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from backroad.drills.sandbox import served, shell
from backroad.drills.sandbox.document_calls import METHODS, NAMES, read
from backroad.drills.sandbox.document_shown import GIVEN, Outcome, Shown

NOW = datetime.datetime(2026, 1, 5, 9)  # noqa: DTZ001  UTC without a zone, as both libraries give it
OURS = "backroad_drill_"
OLD = 3600  # seconds after which a database of ours was left behind by a run that was killed
REFUSED = {
    "$where": "runs JavaScript", "$function": "runs JavaScript", "$accumulator": "runs JavaScript",
    "$out": "writes a collection", "$merge": "writes a collection", "$sample": "draws by chance",
    "$rand": "draws by chance", "$currentDate": "sets the present moment, which is another one at each run",
}  # fmt: skip


def prepare(request: dict[str, Any]) -> Callable[[str, str], dict[str, Any]]:
    database = _real(request["url"]) if request["url"] else _embedded()
    check, returns = shell.read(request["check"]), request["returns"]

    def run(seed: str, program: str) -> dict[str, Any]:
        try:
            statements = shell.read(program)
        except shell.Unreadable as error:
            raise served.Broken(str(error)) from None
        with database() as world:
            given = Shown([*shell.read(seed), *statements, *check])
            for statement in shell.read(seed):
                world.perform(statement)
            outcome = None
            for statement in statements:
                outcome = world.perform(statement)
            returned = given.parts(outcome) if returns and check and outcome else []
            for statement in check:
                with contextlib.suppress(served.Stopped):  # a check may try what must fail
                    outcome = world.perform(statement)
            found = given.found(outcome) if outcome else {}
            return found | {"returned": [part["value"] for part in returned]}

    return run


def _embedded() -> Callable[[], contextlib.AbstractContextManager["World"]]:
    for name in ("bson", "pymongo", "gridfs"):
        sys.modules[name] = None  # type: ignore[assignment]  # the same answers with and without them
    mongomock: Any = importlib.import_module("mongomock")
    mongomock.utcnow = lambda: NOW

    def object_id(digits: str) -> Any:
        """Mongomock's own are UUIDs; one that begins with these zeros stands for 24 digits."""
        return mongomock.ObjectId(str(uuid.UUID(GIVEN + digits)))

    @contextlib.contextmanager
    def world() -> Iterator["World"]:
        yield World(mongomock.MongoClient()["drill"], object_id, mongomock.PyMongoError, re.compile)

    return world


def _real(url: str) -> Callable[[], contextlib.AbstractContextManager["World"]]:
    """Each program gets a database of its own, named so that what a killed run left can be told and dropped."""
    try:
        import bson
        import pymongo
        import pymongo.errors
    except ImportError:
        raise served.Unavailable("pymongo is not installed, which talks to it") from None
    try:
        # Nothing is tried again: a server that is not there is told after three seconds, not after ten.
        client: Any = pymongo.MongoClient(
            url, serverSelectionTimeoutMS=3000, timeoutMS=10_000, retryReads=False, retryWrites=False
        )
        for name in client.list_database_names():
            made = name.removeprefix(OURS).partition("_")[0]
            if name.startswith(OURS) and made.isdigit() and int(made) < time.time() - OLD:
                client.drop_database(name)
    except (pymongo.errors.PyMongoError, ValueError) as error:
        raise served.Unavailable(str(error).split("\n")[0].split(", Timeout:")[0][:200]) from None

    @contextlib.contextmanager
    def world() -> Iterator["World"]:
        name = f"{OURS}{int(time.time())}_{secrets.token_hex(6)}"
        try:
            yield World(client[name], bson.ObjectId, pymongo.errors.PyMongoError, bson.Regex)
        finally:
            client.drop_database(name)

    return world


class World:
    def __init__(self, database: Any, object_id: Any, fault: type[Exception], pattern: Callable[..., Any]) -> None:
        self.database = database
        self.object_id = object_id
        self.fault = fault
        self.pattern = pattern

    def perform(self, statement: shell.Statement) -> Outcome:
        """A `Broken` where it cannot be run, a `Stopped` where the data forbids it."""
        where = f"line {statement.line}: "
        first = statement.calls[0]
        method = METHODS.get(first.name)
        if first.name in ("find", "aggregate"):
            method = None
        elif method is None:
            raise served.Broken(
                f"{where}`{first.name}` cannot be used in a drill; there are {', '.join(sorted(NAMES))}"
            )
        elif len(statement.calls) > 1:
            raise served.Broken(f"{where}`.{statement.calls[1].name}()` cannot follow `{first.name}`")
        if not statement.collection or statement.collection.startswith(("system.", "$")):
            raise served.Broken(f"{where}the collection `{statement.collection}` cannot be used in a drill")
        calls = [shell.Call(call.name, [self.plain(value) for value in call.arguments]) for call in statement.calls]
        collection = self.database[statement.collection]
        try:
            return method(collection, *calls[0].arguments) if method else read(collection, calls)
        except served.Broken as error:
            raise served.Broken(where + str(error)) from None
        except NotImplementedError as error:
            lacking = re.search(r"\$\w+", str(error))
            what = f"`{lacking[0]}`" if lacking else _sentence(error)
            raise served.Broken(
                f"{where}the database of drills has no such thing: {what}; write it another way"
            ) from None
        except self.fault as error:
            if re.search(r"(?i)unknown|unrecognized|not supported|must specify|not( a)? valid|invalid", str(error)):
                raise served.Broken(where + _sentence(error)) from None
            raise served.Stopped(_sentence(error)) from None
        except (MemoryError, RecursionError):
            raise
        except (TypeError, AttributeError, LookupError):
            raise served.Broken(
                f"{where}a value in this call, or in the data, is of a type that it cannot work with"
            ) from None
        except Exception as error:
            raise served.Broken(f"{where}this call is not understood: {_sentence(error)}") from None

    def plain(self, value: Any) -> Any:
        if isinstance(value, shell.ObjectId):
            return self.object_id(value.digits)
        if isinstance(value, shell.Pattern):
            return self.compiled(value)
        if isinstance(value, dict):
            for key in value:
                if key in REFUSED:
                    raise served.Broken(f"`{key}` cannot be used in a drill: it {REFUSED[key]}")
            return {key: self.plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.plain(inner) for inner in value]
        return value

    def compiled(self, pattern: shell.Pattern) -> Any:
        flags = 0
        for letter in pattern.flags:
            flags |= getattr(re, letter.upper())
        try:
            re.compile(pattern.source, flags)
        except re.error as error:
            raise served.Broken(f"/{pattern.source[:40]}/ is no regular expression: {error}") from None
        return self.pattern(pattern.source, flags)


def _sentence(error: BaseException) -> str:
    if "E11000" in str(error):
        return "E11000 duplicate key error"  # the rest names a database of ours, or nothing
    text = str(error).strip().split("\n")[0].split(", full error:")[0].rstrip(".")
    text = re.sub(r"(?i)\s*\(?\b(?:in|by) mongomock(?: yet)?\b\.?", "", text)
    return text[:200] or type(error).__name__


def main() -> None:
    served.main(prepare)
