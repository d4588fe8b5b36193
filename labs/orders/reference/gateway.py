"""The front door: knows who asks, and hands each request to the service whose business it is."""

import asyncio
import hashlib
import os
import secrets
import sqlite3

import httpx2
import rules
import tracing
from asgi import Answer, Handler, Problem, Request
from service import BODY, CUSTOMER, Routes, data_dir, serve
from store import Store

SCHEMA = """
CREATE TABLE IF NOT EXISTS customers (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE
) STRICT;
"""
SERVICES = ("orders", "payments", "stock")
PASSED_ON = ("content-type", "idempotency-key")
PATIENCE = 4.0  # seconds: a service that takes longer is as good as away


class Gateway:
    def __init__(self, store: Store) -> None:
        self.store = store
        urls = {name: os.environ.get(f"PART_URL_{name.upper()}", "http://127.0.0.1") for name in SERVICES}
        self.services = {name: httpx2.AsyncClient(base_url=url, timeout=PATIENCE) for name, url in urls.items()}

    def routes(self) -> Routes:
        orders, payments, stock = map(self.forward, SERVICES)
        return [
            ("/readyz", {"GET": self.ready}),
            ("/customers", {"POST": self.sign_up}),
            ("/account", {"GET": payments}),
            ("/products", {"GET": stock, "POST": stock}),
            ("/products/{sku}", {"GET": stock}),
            ("/products/{sku}/movements", {"GET": stock}),
            ("/orders", {"GET": orders, "POST": orders}),
            ("/orders/{number}", {"GET": orders}),
            ("/deliveries", {"POST": orders}),
            ("/deliveries/{number}", {"GET": orders}),
            ("/deliveries/{number}/retry", {"POST": orders}),
            ("/parked", {"GET": orders}),
        ]

    async def ready(self, request: Request) -> Answer:
        """For whoever starts or watches the whole; each service alone may be down without closing the shop."""
        answers = await asyncio.gather(
            *(service.get("/healthz") for service in self.services.values()), return_exceptions=True
        )
        away = [name for name, answer in zip(self.services, answers, strict=True) if isinstance(answer, Exception)]
        if away:
            raise Problem(503, f"Not there: {', '.join(away)}.")
        return Answer(200, {"status": "ready"})

    async def sign_up(self, request: Request) -> Answer:
        name = rules.customer(await request.json(BODY))["name"]
        customer, key = secrets.token_hex(8), secrets.token_urlsafe(24)

        def add(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO customers VALUES (?, ?, ?)", (customer, name, _hash(key)))

        await self.store.change(add)
        return Answer(201, {"customer": customer, "key": key}, {"Cache-Control": "no-store"})

    def forward(self, name: str) -> Handler:
        service = self.services[name]

        async def answer(request: Request, **_: str) -> Answer:
            headers = {CUSTOMER: await self.customer(request), "traceparent": tracing.traceparent()}
            headers |= {header: request.headers[header] for header in PASSED_ON if header in request.headers}
            url = httpx2.URL(path=request.path, query=request.query_string.encode("latin-1"))
            body = await request.read(BODY) if request.method == "POST" else b""
            try:
                given = await service.request(request.method, url, headers=headers, content=body)
            except httpx2.TransportError:  # what became of it, nobody knows: that is what Idempotency-Key is for
                raise Problem(503, f"The {name} service is away.", {"Retry-After": "1"}) from None
            kept = {header: given.headers[header] for header in ("location",) if header in given.headers}
            return Answer(given.status_code, given.content, kept, given.headers.get("content-type", ""))

        return answer

    async def customer(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        query = "SELECT id FROM customers WHERE key_hash = ?"
        row = await self.store.run(self.store.row, query, _hash(key)) if scheme.lower() == "bearer" else None
        if row is None:
            raise Problem(401, "Send your key as a bearer token.", {"WWW-Authenticate": "Bearer"})
        return str(row["id"])


def _hash(key: str) -> bytes:
    """The key is random, so a fast hash is enough."""
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


async def main() -> None:
    store = Store(data_dir() / "gateway.db", SCHEMA)
    await serve("gateway", Gateway(store).routes())
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)
