"""Writing files so that a reader, or a crash, meets the old one or the new one and nothing between."""

import os
import tempfile
from pathlib import Path

from backroad.kit.errors import Problem


def put(path: Path, data: bytes | str) -> None:
    """Write the file, and its folders if they are missing, in place of what is there."""
    content = data.encode() if isinstance(data, str) else data
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:40]}.", delete=False) as out:
            try:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
                Path(out.name).chmod(0o644)
                Path(out.name).replace(path)
            except BaseException:
                Path(out.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise Problem(
            f"{path} cannot be written: {error.strerror}.", "Make room, or allow it, and try again."
        ) from None
