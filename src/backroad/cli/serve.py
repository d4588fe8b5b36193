"""`backroad serve`: Backroad for many people; `backroad migrate` and `backroad person`, which go with it."""

import getpass
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from backroad import settings
from backroad.cli.learn import AsJson
from backroad.cli.output import print_json
from backroad.kit.errors import Problem


def serve() -> None:
    """Serve people who sign in. Everything is set by environment variables: docs/settings.md."""
    from backroad.operations.workers import shared_folder

    chosen = _server_settings()
    with shared_folder():  # first: what counts looks for it when it is imported
        from backroad.cli.start import check_free, listen
        from backroad.operations import extras
        from backroad.product import Product

        extras.check(chosen)
        check_free(chosen.port, chosen.host)
        Product.open(chosen).close()  # a database that cannot be reached or is newer is told here, in one sentence
        print(f"Backroad serves {chosen.public_url} at {chosen.host}:{chosen.port}", file=sys.stderr, flush=True)
        listen(chosen.port, host=chosen.host, workers=chosen.workers, drain_seconds=chosen.drain_seconds)


def migrate(to: str = "") -> None:
    """Bring the database to this version's schema, or to an older one before going back to an older version."""
    from backroad.kit.db import Database
    from backroad.kit.migrate import migrate as move
    from backroad.migrations import HEAD

    chosen = settings.load()
    chosen.home.mkdir(parents=True, exist_ok=True)
    db = Database(chosen.database_url)
    try:
        move(db, to or HEAD)
    finally:
        db.close()
    print(f"The database has the schema {to or HEAD}.")


def move(to: str, *, as_json: AsJson = False) -> None:
    """Copy everything from the database in use into an empty one: `postgresql://…`, or the path of an SQLite file.

    The one in use stays as it is. Nothing else may write to it meanwhile: stop the server first.
    """
    from backroad import app  # noqa: F401 (every feature's tables)
    from backroad.kit.db import Database, sqlite_url
    from backroad.operations.move import move as copy
    from backroad.settings import database

    chosen = settings.load()
    try:
        url = database(to) if "://" in to else sqlite_url(Path(to).expanduser().resolve())
    except ValueError as error:
        raise Problem(f"The target must be {error}, or the path of a file.") from None
    if url == chosen.database_url:
        raise Problem("This is the database in use.", "Name another one.")
    source, target = Database(chosen.database_url), Database(url)
    told: Callable[[str, int], None] = (
        (lambda *_: None) if as_json else (lambda name, rows: print(f"{rows:>9,}  {name}"))
    )
    try:
        copied = copy(source, target, told)
    finally:
        source.close()
        target.close()
    if as_json:
        print_json({"tables": copied, "rows": sum(copied.values())})
    else:
        where = "BACKROAD_DATABASE_URL names it" if "://" in to else "it is BACKROAD_HOME/backroad.db"
        print(f"Copied {sum(copied.values()):,} rows. Start the server again once {where}.")


person_app = App(name="person", help="Accounts of a server.")


@person_app.command(name="add")
def add(
    email: str,
    *,
    name: Annotated[str, Parameter(help="Their name; default: what stands before the @.")] = "",
    role: Annotated[Literal["learner", "instructor", "admin"], Parameter(help="What they may do.")] = "learner",
) -> None:
    """Make an account. The password is asked for, or read from standard input where that is no terminal."""
    from backroad.identity import actions, passwords
    from backroad.kit import clock
    from backroad.product import Product

    chosen = _server_settings()
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
    passwords.check_strength(password, email, name)
    kept = passwords.hashed(password)
    product = Product.open(chosen)
    try:
        made = product.db.run_now(
            lambda tx: actions.add(
                tx,
                email=email,
                name=name or email.partition("@")[0],
                now=clock.now(),
                password=kept,
                role=role,
                verified=True,
            )
        )
    finally:
        product.close()
    print(f"{made.email} can sign in as {made.role}.")


def _server_settings() -> settings.Settings:
    chosen = settings.load()
    if not chosen.is_server:
        raise Problem("This is for a server, and BACKROAD_MODE is not server.", "See docs/self-hosting.md.")
    return chosen
