"""An export that somebody sends to a server: from bytes on the wire to rows of their account."""

import tempfile
from collections.abc import AsyncIterator
from typing import IO

from sqlalchemy import Connection

from backroad.exchange import actions
from backroad.exchange.container import UPLOADED
from backroad.exchange.read import Archive
from backroad.identity import audit
from backroad.identity.model import Access
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Rate
from backroad.progress import Facts

MOST_BYTES = 32 << 20
UPLOADS = Rate("import", 10, 3600)
"""Of one person: reading one takes seconds in which the database does nothing else."""
_IN_MEMORY = 1 << 20


async def spooled(pieces: AsyncIterator[bytes]) -> IO[bytes]:
    """A file of its own, which goes when it is closed."""
    file, size = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY), 0  # noqa: SIM115 - the caller closes it
    try:
        async for piece in pieces:
            size += len(piece)
            if size > MOST_BYTES:
                raise Problem(f"The file is larger than {MOST_BYTES >> 20} MiB.", "Nothing was changed.", status=413)
            file.write(piece)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


async def take_in(db: Database, access: Access, file: IO[bytes], facts: Facts) -> actions.Imported:
    """All of it or nothing; in local mode the file is one's own, on one's own machine."""
    archive = Archive(file, limits=UPLOADED)
    person, trusted = access.person.id, access.via == "local"

    def take(tx: Connection) -> actions.Imported:
        imported = actions.import_account(tx, person, archive, replace=False, facts=facts, trusted=trusted)
        audit.note(tx, clock.now(), "account.imported", person, actor=person)
        return imported

    return await db.run(take)
