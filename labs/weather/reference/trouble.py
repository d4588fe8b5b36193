"""What can be wrong between us and the upstream, and what a client is told of it.

No message holds a URL, nor an exception's text: both would show the key.
"""


class Unknown(Exception):
    """The upstream knows no such city. That is an answer, not a failure."""


class Unavailable(Exception):
    """There is nothing fresh to be had now."""

    status = 503
    title = "The weather cannot be had just now."
    seconds = 0.0  # after which it is worth asking again; 0: who knows


class TooSlow(Unavailable):
    status = 504
    title = "The weather service did not answer in time."


class Broken(Unavailable):
    status = 502
    title = "The weather service answered with something that cannot be used."

    def __init__(self, *, again: bool = True) -> None:
        super().__init__(self.title)
        self.again = again  # another call may succeed


class Open(Unavailable):
    """The breaker is open: nobody was asked."""

    def __init__(self, seconds: float) -> None:
        super().__init__(self.title)
        self.seconds = seconds


class Limited(Open):
    """The upstream wants us to wait."""
