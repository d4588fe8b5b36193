"""What the shop refuses, in its own words; `translated` in app.py turns each into an answer."""


class Unknown(Exception):
    """There is no such thing, or it is somebody else's: the two must look the same."""


class Conflict(Exception):
    """It cannot be done as things are now. The text says why, for the client."""


class Forbidden(Exception):
    """They may see it, and may not do this to it."""


class Stale(Exception):
    """It has changed since the client read it."""


class Reused(Exception):
    """The idempotency key came with another request before."""


class AtWork(Exception):
    """The first request with this idempotency key has no answer yet."""
