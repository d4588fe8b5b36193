"""A shop of many sellers: the routes, and the process that serves them."""

import asyncio
import contextlib
import os
import signal
from pathlib import Path

import rules
from asgi import Answer, App, Handler, Problem, Request, Routes
from buying import Buying
from database import Database
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from outbox import Outbox
from payments import Provider
from refusals import AtWork, Conflict, Forbidden, Reused, Stale, Unknown
from selling import Selling


async def health(request: Request) -> Answer:
    return Answer(200, {"status": "ok"})


def translated(routes: Routes) -> Routes:
    """The handlers, with what the rules and the shop refuse turned into problem documents."""

    def one(handler: Handler) -> Handler:
        async def answer(request: Request, **arguments: str) -> Answer:
            try:
                return await handler(request, **arguments)
            except rules.Invalid as invalid:
                errors = [{"field": field, "message": message} for field, message in invalid.errors.items()]
                raise Problem(422, "Some of it breaks a rule.", errors=errors) from None
            except Unknown:
                raise Problem(404, "There is no such thing.") from None
            except Forbidden as forbidden:
                raise Problem(403, str(forbidden)) from None
            except Conflict as conflict:
                raise Problem(409, str(conflict)) from None
            except Stale:
                raise Problem(412, "The product has changed since you read it.") from None
            except Reused:
                raise Problem(422, "This idempotency key came with another request before.") from None
            except AtWork:
                raise Problem(409, "The first request with this key is still at work.", {"Retry-After": "1"}) from None

        return answer

    return [(path, {method: one(handler) for method, handler in methods.items()}) for path, methods in routes]


async def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    database = Database(Path(os.environ.get("DATA_DIR", ".")) / "shop.db")
    # Without a provider the shop runs all the same, and its orders wait for their payment.
    provider = Provider(os.environ.get("PAYMENTS_URL", "http://127.0.0.1:9"), os.environ.get("PAYMENTS_KEY", ""))
    outbox = Outbox(database, provider)
    buying = Buying(database, outbox, os.environ.get("PAYMENTS_WEBHOOK_SECRET", ""))
    app = App(translated([("/healthz", {"GET": health}), *Selling(database).routes(), *buying.routes()]))
    server = Server(app, host, port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error)
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    working = asyncio.create_task(outbox.run())
    await server.serve()
    working.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working
    await provider.close()
    database.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)
