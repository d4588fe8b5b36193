"""RabbitMQ as a broker: durable queues, persistent messages, publisher confirms, acknowledgements by hand."""

import asyncio
import contextlib
import logging

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aiormq.exceptions import AMQPError
from broker import AT_WORK, PAUSE, Handle

log = logging.getLogger(__name__)
LOST = (AMQPError, OSError, TimeoutError, RuntimeError)  # aiormq says RuntimeError of a connection that is closed
HEARTBEAT = 5  # seconds: a connection that is silent for two of them is dead


class Rabbit:
    def __init__(self, url: str, prefix: str) -> None:
        self._url = url
        self._prefix = prefix
        self._publishing: tuple[AbstractConnection, AbstractChannel] | None = None
        self._declared: set[str] = set()  # queues that this connection has seen
        self._held: set[asyncio.Task[None]] = set()

    async def publish(self, queue: str, message: bytes) -> None:
        try:
            if self._publishing is None:
                self._publishing = await self._open()
                self._declared.clear()
            channel = self._publishing[1]
            if queue not in self._declared:
                await channel.declare_queue(self._prefix + queue, durable=True)
                self._declared.add(queue)
            await channel.default_exchange.publish(
                aio_pika.Message(message, delivery_mode=aio_pika.DeliveryMode.PERSISTENT),
                self._prefix + queue, timeout=4,
            )  # fmt: skip
        except LOST:
            await self._stop_publishing()
            raise

    async def _stop_publishing(self) -> None:
        before, self._publishing = self._publishing, None
        if before is not None:
            with contextlib.suppress(*LOST):
                await asyncio.wait_for(before[0].close(), 1)

    async def _open(self) -> tuple[AbstractConnection, AbstractChannel]:
        connection = await aio_pika.connect(self._url, timeout=4, heartbeat=HEARTBEAT)
        return connection, await connection.channel(publisher_confirms=True)

    async def consume(self, queue: str, handle: Handle) -> None:
        while True:
            try:
                connection, channel = await self._open()
                async with connection:
                    await channel.set_qos(prefetch_count=AT_WORK)
                    declared = await channel.declare_queue(self._prefix + queue, durable=True)
                    async with declared.iterator() as messages:
                        async for message in messages:
                            task = asyncio.create_task(self._work(message, handle))
                            self._held.add(task)
                            task.add_done_callback(self._held.discard)
                log.warning("the broker has closed the connection")
            except LOST as error:
                log.warning("the broker is away: %s", error)
            await asyncio.sleep(PAUSE)

    async def _work(self, message: AbstractIncomingMessage, handle: Handle) -> None:
        await handle(message.body)
        try:
            await message.ack()
        except LOST:  # the connection is gone, and with it the delivery: the message comes again
            log.warning("a message will be delivered twice")

    async def close(self) -> None:
        """What is held goes back: it was not acknowledged."""
        held = list(self._held)
        for task in held:
            task.cancel()
        if held:
            await asyncio.wait(held, timeout=1)
        await self._stop_publishing()
