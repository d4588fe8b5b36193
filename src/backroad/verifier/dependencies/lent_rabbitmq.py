"""A RabbitMQ for one run. AMQP itself can make neither a virtual host nor a list of queues, so that on a configured
server the target shares the virtual host of the URL, is given a prefix for its names, and what it declares stays."""

import secrets
from collections.abc import Mapping

from backroad.verifier.dependencies import reachable
from backroad.verifier.dependencies.lent import Lent
from backroad.verifier.dependencies.sources import VARIABLES, Server, Unavailable


class LentRabbit(Lent):
    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.prefix = f"backroad-{secrets.token_hex(4)}-"

    @classmethod
    def borrow(cls, server: Server) -> "LentRabbit":
        """Blocking."""
        if problem := reachable.problem("rabbitmq", server.parts):
            hint = f"Look at {VARIABLES['rabbitmq']}."
            raise Unavailable(f"The RabbitMQ server cannot be reached: {problem}.", hint=hint)
        return cls(server)

    def environment(self, port: int) -> Mapping[str, str]:
        host = self.server.parts.path.removeprefix("/")  # quoted as it is in the URL
        url = (self._url("amqp", port, "") + host).removesuffix("/")
        return {"RABBITMQ_URL": url, "AMQP_URL": url, "QUEUE_PREFIX": self.prefix}

    def give_back(self) -> None:
        pass
