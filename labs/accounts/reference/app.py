"""An account service: puts the parts together, and serves them."""

import asyncio
import contextlib
import os
import signal

import accounts
import settings
from api import Api
from asgi import App
from database import Database
from desk import Desk
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from outbox import Postman
from pages import Pages
from passwords import hash_password
from provider import Provider
from settings import Settings
from tokens import Tokens, load_key


async def serve(given: Settings) -> None:
    database = Database(given.data_dir / "accounts.db")
    if given.admin_email:
        await database.run(accounts.ensure_admin, given.admin_email, await hash_password(given.admin_password))
    tokens = Tokens(await database.run(load_key), given.access_seconds)
    callback = f"{given.base_url}/login/callback"  # of the settings, never of a header that the client sent
    provider = Provider(given.oidc_issuer, given.oidc_client_id, given.oidc_client_secret, callback)
    desk = Desk(given, database, tokens, provider)
    postman = Postman(database, given.smtp_host, given.smtp_port)
    app = App([*Api(desk, postman).routes(), *Pages(desk).routes()])
    server = Server(
        app, given.host, given.port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error
    )
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    working = asyncio.create_task(postman.work())
    await server.serve()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    database.close()


if __name__ == "__main__":
    asyncio.run(serve(settings.read()))
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)
