"""Writing an export so that one that fails leaves the one before it as it was."""

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from backroad.kit.errors import Problem

T = TypeVar("T")


def write_whole(path: Path, fill: Callable[[IO[bytes]], T]) -> T:
    """Under another name first; what `fill` returned."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as out:
            try:
                filled = fill(out)
                out.flush()
                os.fsync(out.fileno())
                Path(out.name).replace(path)
            except BaseException:
                Path(out.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Problem(f"{path} cannot be written: {error.strerror}.", "Choose another place.") from None
    return filled
