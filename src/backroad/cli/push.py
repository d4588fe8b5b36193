"""`backroad push`: takes what was done on this machine to an account on a server."""

import tempfile

import msgspec

from backroad.cli import connection
from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import opened
from backroad.cli.submit import Login, login
from backroad.exchange import actions
from backroad.identity.model import LOCAL
from backroad.kit import clock
from backroad.kit.errors import Problem

SECONDS = 300.0
"""That the server may take to read everything."""


class _Answer(msgspec.Struct):
    added: dict[str, int]
    kept: dict[str, int]


def push(*, as_json: AsJson = False) -> None:
    """Send everything you have done here to the server that you signed in to: backroad login URL.

    Nothing goes away, here or there, and sending it again adds only what is new. Evidence keeps its provenance.
    """
    who = login()
    with opened() as product, tempfile.TemporaryFile() as file:
        product.db.run_now(lambda tx: actions.export_account(tx, LOCAL, file, clock.now()))
        file.seek(0)
        answer = _sent(who, file.read())
    if as_json:
        print_json({"server": who.server, "added": answer.added, "kept": answer.kept})
        return
    print(f"Sent to {who.server}.")
    rows: list[tuple[str, ...]] = [
        (f"  {name}", f"{count:,} new", f"{answer.kept[name]:,} were there already" if answer.kept[name] else "")
        for name, count in answer.added.items()
    ]
    print(columns(rows))


def _sent(who: Login, data: bytes) -> _Answer:
    headers = {"authorization": f"Bearer {who.token}", "content-type": "application/zip"}
    status, found = connection.ask(
        who.server, lambda http: http.post("/api/v1/import", content=data, headers=headers, timeout=SECONDS)
    )
    if status == 401:
        raise Problem(f"{who.server} does not know you.", "Sign in again: backroad login URL.")
    try:
        if status == 200:
            return msgspec.convert(found, _Answer)
        raise Problem(str(found["detail"]), str(found.get("hint", "")))
    except (msgspec.ValidationError, KeyError):
        raise Problem(f"{who.server} does not answer like a Backroad (HTTP {status}).", "Check the address.") from None
