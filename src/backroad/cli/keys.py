"""`backroad keys`: what credentials, and calls to learning platforms, are signed with."""

from typing import Annotated

from cyclopts import App, Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import opened
from backroad.kit import clock
from backroad.signing import actions, store
from backroad.signing.keyring import keyring_of
from backroad.signing.model import Purpose

keys_app = App(name="keys", help="What credentials, and calls to learning platforms, are signed with.")


@keys_app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List all keys, oldest first."""
    with opened() as product:
        found = product.db.run_now(lambda tx: store.keys(tx))
    if as_json:
        print_json([{"id": key.id, "purpose": key.purpose, "created_at": key.created_at,
                     "withdrawn_at": key.withdrawn_at} for key in found])  # fmt: skip
        return
    rows = [
        (key.id, key.purpose, f"{key.created_at:%Y-%m-%d}", f"withdrawn {key.withdrawn_at:%Y-%m-%d}")
        if key.withdrawn_at
        else (key.id, key.purpose, f"{key.created_at:%Y-%m-%d}", "")
        for key in found
    ]
    print(columns(rows) if rows else "No key yet: each is made when it is first needed.")


@keys_app.command
def rotate(purpose: Annotated[Purpose, Parameter(help="What it signs.")], /) -> None:
    """Sign with a new key from now on. What the old one signed stays good."""
    with opened() as product:
        ring = keyring_of(product.settings)
        key = product.db.run_now(lambda tx: actions.rotate(tx, ring, purpose, clock.now()))
    print(f"From now on {key.id} signs.")


@keys_app.command
def withdraw(key: Annotated[str, Parameter(help="Its id, from backroad keys list.")], /) -> None:
    """A key was stolen: believe nothing that it signed. Credentials under it have to be issued again."""
    with opened() as product:
        product.db.run_now(lambda tx: actions.withdraw(tx, key, clock.now()))
    print("Withdrawn.")
