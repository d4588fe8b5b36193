"""`backroad backup` and `backroad restore`: all that a server keeps, as one file."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter

from backroad import settings
from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.whole_file import write_whole
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem


def backup(
    file: Annotated[Path | None, Parameter(help="Where to write it, a file or a folder.")] = None,
    /,
    *,
    as_json: AsJson = False,
) -> None:
    """Write everything that the server keeps into one file, while it runs. The file holds secrets: guard it."""
    import backroad.app  # noqa: F401 (every feature's tables)
    from backroad.backup import make

    chosen, now = settings.load(), clock.now()
    path = _target(file, f"backroad-{now:%Y%m%d-%H%M%S}.backup")
    with _database(chosen) as db, _told("Backing up") as progress:
        summary = write_whole(path, lambda out: make.backup(db, chosen.home, out, now, progress))
    size, rows = path.stat().st_size, sum(summary.tables.values())
    if as_json:
        print_json({"file": str(path), "bytes": size, "tables": summary.tables, "files": summary.files})
        return
    print(f"Backed up {rows:,} rows and {summary.files:,} files to {path} ({-(-size // 1024):,} KiB).")


def restore(
    file: Annotated[Path, Parameter(help="A file that backroad backup wrote.")],
    /,
    *,
    replace: Annotated[
        bool, Parameter(negative="", help="Take the place of everything that is there, rows and files.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take a backup in, into an empty database and data folder: all of it or nothing. Stop the server first."""
    import backroad.app  # noqa: F401 (every feature's tables)
    from backroad.backup import restore as taking

    chosen = settings.load()
    with _read(file) as content, _database(chosen) as db, _bar(content) as seen:
        manifest, summary = taking.restore(db, chosen.home, content, replace=replace, seen=seen)
    if as_json:
        print_json({"file": str(file), "made_at": manifest.made_at, "tables": summary.tables, "files": summary.files})
        return
    print(f"Restored {file}, made at {manifest.made_at} by Backroad {manifest.backroad} on {manifest.database}.")
    rows = [(f"  {name}", f"{count:,}") for name, count in summary.tables.items() if count]
    print(columns([*rows, ("  files", f"{summary.files:,}")]))


@contextmanager
def _database(chosen: settings.Settings) -> Iterator[Database]:
    try:
        chosen.home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Problem(f"The data folder {chosen.home} cannot be made: {error.strerror}.") from None
    db = Database(chosen.database_url)
    try:
        yield db
    finally:
        db.close()


def _target(file: Path | None, name: str) -> Path:
    """Another file of the same name is only written over if it is a backup too."""
    path = Path(name) if file is None else file / name if file.is_dir() else file
    if path.exists():
        with _read(path) as there:
            if not there.read(16).startswith(b"backroad backup "):
                raise Problem(f"{path} is there already and is not a backup.", "Choose another name.")
    return path


def _read(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}.", "Name a file that backroad backup wrote.") from None


@contextmanager
def _told(what: str) -> Iterator[Callable[[str], None]]:
    """On a terminal, one line that says what is being written."""
    from rich.console import Console

    console = Console(stderr=True)
    with console.status(f"{what} …") as status:
        yield lambda part: status.update(f"{what} {part} …")


@contextmanager
def _bar(content: IO[bytes]) -> Iterator[Callable[[int], None]]:
    """To be told how many bytes were read."""
    from rich.console import Console
    from rich.progress import Progress

    from backroad.backup.restore import PASSES

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Restoring", total=PASSES * os.fstat(content.fileno()).st_size)
        yield lambda count: progress.advance(task, count)
