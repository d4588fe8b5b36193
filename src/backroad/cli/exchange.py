"""`backroad export` and `backroad import`: the whole account as one file."""

import os
import tempfile
import zipfile
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from backroad.accounts.model import LOCAL
from backroad.cli.learn import AsJson
from backroad.cli.output import print_json
from backroad.cli.product import opened
from backroad.exchange import actions
from backroad.exchange.model import Manifest, file_name
from backroad.exchange.read import Archive
from backroad.kit import clock
from backroad.kit.errors import Problem


def export(
    file: Annotated[
        Path | None, Parameter(help="Where to write it, a file or a folder; backroad-<today>.zip here if left out.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write everything of yours into one zip of JSON and Markdown: settings, evidence, runs, notes."""
    now = clock.now()
    path = _target(file, file_name(now))
    with opened() as product:
        manifest = _write(path, lambda out: product.db.run_now(lambda tx: actions.export_account(tx, LOCAL, out, now)))
    size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "bytes": size, "counts": manifest.counts})
        return
    print(f"{path}  {max(1, size // 1024):,} KiB: {_listed(manifest.counts)}")


def _target(file: Path | None, name: str) -> Path:
    path = Path(name) if file is None else file / name if file.is_dir() else file
    if path.exists() and not _is_export(path):
        raise Problem(f"{path} is there already and is not an export.", "Choose another name.")
    return path


def _is_export(path: Path) -> bool:
    try:
        return path.is_file() and zipfile.is_zipfile(path)
    except OSError:
        return False


