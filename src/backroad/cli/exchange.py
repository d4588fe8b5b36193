"""`backroad export` and `backroad import`: the whole account as one file."""

import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter

from backroad.accounts.model import LOCAL
from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import opened
from backroad.exchange import actions
from backroad.exchange.model import Manifest, file_name
from backroad.exchange.read import Archive
from backroad.kit import clock
from backroad.kit.errors import Problem


def export(
    file: Annotated[
        Path | None, Parameter(help="Where to write it, a file or a folder; if left out, here and named after today.")
    ] = None,
    /,
    *,
    as_json: AsJson = False,
) -> None:
    """Write everything you have done into one zip of JSON and Markdown."""
    now = clock.now()
    path = _target(file, file_name(now))
    with opened() as product:
        manifest = _write(path, lambda out: product.db.run_now(lambda tx: actions.export_account(tx, LOCAL, out, now)))
    size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "bytes": size, "counts": manifest.counts})
        return
    print(f"Exported to {path} ({-(-size // 1024):,} KiB).")
    print(columns([(f"  {name}", f"{count:,}") for name, count in manifest.counts.items()]))


def import_(
    file: Annotated[Path, Parameter(help="A zip that backroad export wrote.")],
    /,
    *,
    replace: Annotated[
        bool, Parameter(negative="", help="Remove everything you have here first, instead of adding to it.")
    ] = False,
    large: Annotated[bool, Parameter(negative="", help="Take a file of more than 200 MiB or 10,000 members.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in an export: all of it or, if anything is wrong with it, nothing. What is here already stays as it is."""
    with _read(file) as content:
        archive = Archive(content, large=large)
        with opened() as product:
            imported = product.db.run_now(
                lambda tx: actions.import_account(tx, LOCAL, archive, replace=replace, facts=product.facts)
            )
    if as_json:
        print_json({"file": str(file), **_as_dict(imported)})
        return
    print(f"Imported {file}{', in place of what was here' if replace else ''}.")
    rows: list[tuple[str, ...]] = [
        (f"  {name}", f"{count:,} new", _stayed(imported.kept[name])) for name, count in imported.added.items()
    ]
    print(columns(rows))


def _as_dict(imported: actions.Imported) -> dict[str, object]:
    return {"replaced": imported.replaced, "added": imported.added, "kept": imported.kept}


def _stayed(count: int) -> str:
    return f"{count:,} were here already" if count else ""


def _read(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}.", "Name a file that backroad export wrote.") from None


def _target(file: Path | None, name: str) -> Path:
    path = Path(name) if file is None else file / name if file.is_dir() else file
    if path.exists() and not (path.is_file() and zipfile.is_zipfile(path)):
        raise Problem(f"{path} is there already and is not an export.", "Choose another name.")
    return path


def _write(path: Path, fill: Callable[[IO[bytes]], Manifest]) -> Manifest:
    """Under another name first, so that an export that fails leaves the one before it as it was."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as out:
            try:
                manifest = fill(out)
                out.flush()
                os.fsync(out.fileno())
                Path(out.name).replace(path)
            except BaseException:
                Path(out.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from None
    return manifest
