"""A job portal over REST and GraphQL: the process that serves it."""

import asyncio
import os
import signal
from pathlib import Path

import people
from asgi import App
from database import Database, Postgres, Session, Sqlite
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from graph import Graph
from rest import Portal
from resumes import Files


def first_admin(db: Session, folder: Path) -> None:
    """Nobody signs up as an admin. The key of the first is in a file that only this machine's owner can read."""
    key = people.add_admin(db)
    if key is not None:
        path = folder / "admin.key"
        path.touch(mode=0o600)
        path.write_text(key)


async def open_portal(folder: Path) -> tuple[App, Database]:
    url = os.environ.get("DATABASE_URL")
    database: Database = Postgres(url) if url else Sqlite(folder)
    files = Files(folder)
    await database.run(first_admin, folder)
    await database.run(files.sweep)
    portal = Portal(database, files)
    graph = Graph(portal, introspection=os.environ.get("INTROSPECTION") != "off")
    return App([*portal.routes(), *graph.routes()]), database


async def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    app, database = await open_portal(Path(os.environ.get("DATA_DIR", ".")))
    server = Server(app, host, port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error)
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    await server.serve()
    database.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)
