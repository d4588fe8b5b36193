"""For a container's health check, which must need nothing but Python: exit code 0 if all is well, else 1.

`python -m backroad.operations.probe` asks the server of this machine whether it is ready. With `database`, for
containers that serve nobody, it asks the database whether it has the schema of this version.
"""

import os
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping

SECONDS = 3
ANY = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}
"""Addresses that are listened on everywhere, and one of them."""


def address(environ: Mapping[str, str] = os.environ) -> str:
    host = environ.get("BACKROAD_HOST", "")
    return f"http://{ANY.get(host, host)}:{environ.get('BACKROAD_PORT', '8321')}/readyz"


def ready(url: str) -> str:
    """What is wrong; empty if nothing is."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with direct.open(url, timeout=SECONDS) as answer:
            answer.read()
    except urllib.error.HTTPError as error:
        return error.read(2000).decode(errors="replace") or str(error)
    except OSError as error:
        return f"{url} does not answer: {error}"
    return ""


def database() -> str:
    """What is wrong; empty if nothing is."""
    from backroad import settings
    from backroad.kit.db import Database
    from backroad.kit.errors import Problem
    from backroad.kit.migrate import revision
    from backroad.migrations import HEAD

    try:
        db = Database(settings.load().database_url)
        try:
            found = db.run_now(revision)
        finally:
            db.close()
    except Problem as problem:
        return str(problem)
    return "" if found == HEAD else f"The database has the schema {found}; this version needs {HEAD}."


if __name__ == "__main__":
    wrong = database() if sys.argv[1:] == ["database"] else ready(address())
    if wrong:
        sys.stderr.write(f"{wrong}\n")
    sys.exit(1 if wrong else 0)
