"""The broker: publishes to queues and consumes from them, each message at least once.

RabbitMQ where RABBITMQ_URL says where it is, else Redis streams at REDIS_URL.
"""

import os
from collections.abc import Awaitable, Callable
from typing import Protocol

Handle = Callable[[bytes], Awaitable[None]]
AT_WORK = 64  # messages that a consumer holds at most
PAUSE = 0.2  # seconds between two attempts to reach the broker


class Broker(Protocol):
    async def publish(self, queue: str, message: bytes) -> None:
        """Returns once the broker has it; raises if that is not certain."""

    async def consume(self, queue: str, handle: Handle) -> None:
        """Calls `handle` for every message, several at once, in the order of the queue; acknowledges when it returns.

        Never returns: what goes wrong with the broker is waited out.
        """

    async def close(self) -> None: ...


def connect() -> Broker:
    prefix = os.environ.get("QUEUE_PREFIX", "")  # on a broker that others use too
    if url := os.environ.get("RABBITMQ_URL"):
        from broker_rabbit import Rabbit

        return Rabbit(url, prefix)
    if url := os.environ.get("REDIS_URL"):
        from broker_redis import Streams

        return Streams(url, prefix)
    raise SystemExit("There is no broker: set RABBITMQ_URL or REDIS_URL.")
