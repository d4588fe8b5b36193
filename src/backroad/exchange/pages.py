"""The download of everything."""

import tempfile
from collections.abc import Iterator
from typing import IO

from litestar import get
from litestar.di import NamedDependency
from litestar.response import Stream

from backroad.accounts.model import Learner
from backroad.exchange import actions
from backroad.exchange.model import file_name
from backroad.kit import clock
from backroad.kit.db import Database

_IN_MEMORY = 8 << 20
_AT_ONCE = 1 << 18


@get("/export", include_in_schema=False)
async def export(learner: NamedDependency[Learner], db: NamedDependency[Database]) -> Stream:
    """The file is written whole before the first byte is sent, so that a failure is not half a download."""
    now = clock.now()
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it was sent
    try:
        await db.run(lambda tx: actions.export_account(tx, learner.id, file, now))
        size = file.tell()
    except BaseException:
        file.close()
        raise
    headers = {
        "content-disposition": f'attachment; filename="{file_name(now)}"',
        "content-length": str(size),
        "cache-control": "no-store",
    }
    return Stream(_pieces(file), media_type="application/zip", headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_AT_ONCE):
            yield piece


ROUTES = (export,)
