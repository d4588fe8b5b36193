"""Requests as bytes, made once rather than each time they are sent."""

from collections.abc import Callable, Sequence

from backroad.verifier.exchange import HeaderInput, Request
from backroad.verifier.load.loop import Requests


def prepare(
    requests: Request | Sequence[Request] | Callable[[int], Request], netloc: str, *, headers: HeaderInput = ()
) -> Requests:
    """What run_load() takes, from what checks write. `headers` go with every request that does not set them itself."""

    def encode(request: Request) -> bytes:
        return b"".join(request.encode(netloc, headers))

    if isinstance(requests, Request):
        return encode(requests)
    if callable(requests):
        return lambda number: encode(requests(number))
    return [encode(request) for request in requests]
