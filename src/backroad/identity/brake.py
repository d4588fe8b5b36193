"""How often somebody may guess, and how often we mail.

Guesses at a password count for the account and the address they come from together: whoever guesses at somebody else's
account brakes themselves, not its owner.
"""

from backroad.kit.limits import Limits, Rate

GUESSES = Rate("sign-in", 5, 900)
"""Wrong passwords for one account from one address."""
ADDRESS = Rate("sign-in-address", 300, 900)
"""Sign-ins from one address, right or wrong: a whole class may sit behind it."""
CODES = Rate("code", 10, 900)
"""Wrong codes of one person. Only who has the password gets so far."""
FORMS = Rate("mail-forms", 60, 3600)
"""Sign-ups, resets and invitations from one address."""


async def before_password(limits: Limits, account: str, address: str) -> None:
    """Raises TooMany. The guess counts before it is known whether it is right, so that many at once all count."""
    await limits.hit(GUESSES, f"{account} {address}")
    await limits.hit(ADDRESS, address)


async def after_right_password(limits: Limits, account: str, address: str) -> None:
    await limits.forget(GUESSES, f"{account} {address}")
