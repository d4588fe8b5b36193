"""What the payment provider tells by webhook: often twice, sometimes late, in any order."""

import logging

import orders
import refunds
from database import Db
from payments import Event
from refusals import Unknown

log = logging.getLogger(__name__)


def take(db: Db, event: Event) -> None:
    """Remembered and acted upon in one transaction. Each event says how things are, not what to add to them."""
    if db.execute("INSERT INTO events VALUES (?) ON CONFLICT DO NOTHING", (event.id,)).rowcount == 0:
        return
    charge = event.data
    try:
        order = orders.find(db, charge.reference)
    except Unknown:
        log.warning("a webhook about an order that is not ours")
        return
    if order.charge not in (None, charge.id) or charge.amount != order.total:
        log.warning("a webhook about another charge than that of its order")
        return
    match event.type:
        case "charge.succeeded":
            orders.paid(db, order.id, charge.id)
        case "charge.failed":
            orders.failed(db, order.id)
        case "charge.refunded":  # nothing is refunded that was not paid, even if we have not heard of that yet
            orders.paid(db, order.id, charge.id)
            refunds.told(db, order.id, charge.refunded)
