"""Money is a whole number of cents, and every rounding of the shop happens here."""

from collections.abc import Sequence

import msgspec

CURRENCY = "EUR"


class Line(msgspec.Struct, frozen=True):
    """Some of one product, in a cart or in an order. Amounts in cents."""

    handle: str
    name: str
    unit_price: int
    quantity: int
    discount: int
    total: int


class Bill(msgspec.Struct, frozen=True):
    subtotal: int
    discount: int
    total: int


def share(amount: int, percent: int) -> int:
    """So many percent of an amount, half a cent rounded up, without a float on the way."""
    return (amount * percent + 50) // 100


def line(handle: str, name: str, unit_price: int, percent_off: int, quantity: int) -> Line:
    """The discount is taken of the whole line: rounded once, not once for each piece."""
    amount = unit_price * quantity
    discount = share(amount, percent_off)
    return Line(handle, name, unit_price, quantity, discount, amount - discount)


def bill(lines: Sequence[Line]) -> Bill:
    """The sums of what the lines say, so that a customer can add it up."""
    discount, total = sum(one.discount for one in lines), sum(one.total for one in lines)
    return Bill(total + discount, discount, total)
