"""`backroad lti`: the learning platforms that may launch this server (LTI 1.3)."""

from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import opened
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.lti import platforms, store
from backroad.lti.model import Platform
from backroad.product import Product

lti_app = App(name="lti", help="Learning platforms from whose courses people come (LTI 1.3).")


def _addresses(product: Product) -> list[tuple[str, str]]:
    if not product.settings.is_server:
        raise Problem("Only a server can be launched by a learning platform.", "Set BACKROAD_MODE=server; see docs.")
    base = product.settings.public_url
    return [
        ("tool URL, target link URI", f"{base}/lti/launch"),
        ("initiate login URL", f"{base}/lti/login"),
        ("redirection URI", f"{base}/lti/launch"),
        ("public keyset URL", f"{base}/.well-known/jwks.json"),
        ("deep linking URL", f"{base}/lti/launch"),
    ]


@lti_app.command
def show(*, as_json: AsJson = False) -> None:
    """Print what the platform asks for when the tool is added there."""
    with opened() as product:
        rows = _addresses(product)
    if as_json:
        print_json(dict(rows))
        return
    print(columns(rows))
    print("Let it open in a new window: these pages cannot be framed.")


@lti_app.command
def add(
    *,
    issuer: Annotated[str, Parameter(help="Platform id, or issuer.")],
    client_id: Annotated[str, Parameter(help="Client id that the platform gave this tool.")],
    login_url: Annotated[str, Parameter(help="Authentication request URL.")],
    token_url: Annotated[str, Parameter(help="Access token URL.")],
    jwks_url: Annotated[str, Parameter(help="Public keyset URL.")],
    deployment: Annotated[tuple[str, ...], Parameter(help="Deployment id; may be given again.")],
    title: Annotated[str, Parameter(help="What it is called on pages here.")] = "",
    audience: Annotated[str, Parameter(help="`aud` of requests for a token, where it is not the token URL.")] = "",
    as_json: AsJson = False,
) -> None:
    """Register a platform, or change what is registered of it."""
    with opened() as product:
        _addresses(product)
        made = product.db.run_now(
            lambda tx: platforms.add(
                tx, issuer=issuer, client_id=client_id, login_url=login_url, token_url=token_url, jwks_url=jwks_url,
                deployments=deployment, title=title, audience=audience, now=clock.now(),
            )
        )  # fmt: skip
    if as_json:
        print_json(_plain(made))
        return
    print(f"Registered {made.title} ({made.issuer}) as {made.id}.")


@lti_app.command(name="list")
def list_(*, as_json: AsJson = False) -> None:
    """List the platforms that are registered."""
    with opened() as product:
        found = product.db.run_now(lambda tx: store.platforms(tx))
    if as_json:
        print_json([_plain(item) for item in found])
        return
    rows = [(item.id, item.title, item.issuer, item.client_id, ", ".join(item.deployments)) for item in found]
    print(columns(rows) if rows else "No platform is registered: backroad lti add.")


@lti_app.command
def remove(platform: Annotated[str, Parameter(help="Its id, from backroad lti list.")], /) -> None:
    """Let nobody come from a platform any more. The accounts stay."""
    with opened() as product:
        product.db.run_now(lambda tx: platforms.remove(tx, platform, clock.now()))
    print("Removed.")


def _plain(platform: Platform) -> dict[str, object]:
    return dict(msgspec.to_builtins(platform))
