"""What is still to be asked of the payment provider: written with the order, done until there is an answer.

The request that placed an order asks at once. If it gets no answer, or the process dies, the outbox asks again, with
the same key: the provider then does it once, and says what became of it.
"""

import asyncio
import logging

import orders
import refunds
from database import Database, Db, now
from payments import Done, Outcome, Provider, Refused, Unclear

log = logging.getLogger(__name__)
PAUSE = 0.2  # seconds between two looks into the outbox
AT_ONCE = 10
LONGEST = 2_000  # milliseconds between two attempts


class Outbox:
    def __init__(self, database: Database, provider: Provider) -> None:
        self._database = database
        self._provider = provider

    async def charge(self, number: str, *, refill: bool = False) -> orders.Order:
        """One attempt; the order as it is afterwards. `refill`: if it fails, put the lines back into the cart."""
        order = await self._database.run(orders.find, number)
        if order.status == "pending":
            outcome = await self._provider.charge(order.id, order.total, order.source)
            await self._database.run(charged, number, outcome, refill=refill)
        return await self._database.run(orders.find, number)

    async def refund(self, number: str) -> refunds.Refund:
        refund = await self._database.run(refunds.find, number)
        if refund.status == "pending":
            outcome = await self._provider.refund(refund.id, refund.charge or "", refund.amount)
            await self._database.run(refunded, number, outcome)
        return await self._database.run(refunds.find, number)

    async def run(self) -> None:
        """Until it is cancelled. What goes wrong with one entry is logged and tried again."""
        while True:
            try:
                due = await self._database.run(take_due)
                await asyncio.gather(*(self._attempt(kind, number) for kind, number in due))
            except Exception:
                log.exception("the outbox stumbled")
            await asyncio.sleep(PAUSE)

    async def _attempt(self, kind: str, number: str) -> None:
        if kind == "charge":
            await self.charge(number)
        else:
            await self.refund(number)


def charged(db: Db, number: str, outcome: Outcome, *, refill: bool) -> None:
    match outcome:
        case Done(charge, "succeeded"):
            orders.paid(db, number, charge)
        case Done(charge):
            orders.waits(db, number, charge)
        case Refused():
            orders.failed(db, number, refill=refill)
        case Unclear():
            later(db, number)


def refunded(db: Db, number: str, outcome: Outcome) -> None:
    match outcome:
        case Done():
            refunds.done(db, number)
        case Refused():
            refunds.refused(db, number)
        case Unclear():
            later(db, number)


def take_due(db: Db) -> list[tuple[str, str]]:
    """(kind, id) of some that are due; they are due again after a while, should this process die over them."""
    query = "UPDATE outbox SET due_at = ? WHERE id IN (SELECT id FROM outbox WHERE due_at <= ? LIMIT ?)"
    moment = now()
    return db.execute(f"{query} RETURNING kind, id", (moment + orders.LEASE, moment, AT_ONCE)).fetchall()


def later(db: Db, number: str) -> None:
    """Sooner at first, then less often: a provider that is down is not helped by being asked more."""
    query = "UPDATE outbox SET attempts = attempts + 1, due_at = ? + min(?, 250 << min(attempts, 6)) WHERE id = ?"
    db.execute(query, (now(), LONGEST, number))
