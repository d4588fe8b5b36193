"""A fresh Redis database for one run.

On a server of ours it is database 0. On a configured one it is an empty database, marked as ours by a key; a
connection that carries its number as client name says that the run still lasts. A marked database without such a
connection belongs to a run that was killed, and may be emptied. No other data is touched.
"""

import contextlib
from collections.abc import Mapping

from backroad.verifier.dependencies.lent import Lent
from backroad.verifier.dependencies.redis_talk import RedisError, RedisTalk
from backroad.verifier.dependencies.sources import VARIABLES, Server, Unavailable

MARK = "backroad:run"
DATABASES = 16  # as a server has them unless told otherwise
TAKE = """
if redis.call('DBSIZE') > 0 then
  if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
  redis.call('FLUSHDB')
end
redis.call('SET', KEYS[1], 'made by Backroad for one run of checks; flushed after it')
return 1
"""


class LentRedis(Lent):
    def __init__(self, server: Server, number: int, session: RedisTalk | None) -> None:
        super().__init__(server)
        self.number = number
        self._session = session

    @classmethod
    def borrow(cls, server: Server) -> "LentRedis":
        """Blocking."""
        if not server.lent:
            return cls(server, 0, None)
        hint = f"Look at {VARIABLES['redis']}."
        try:
            session = RedisTalk.to(server.parts)
        except RedisError as error:
            raise Unavailable(f"The Redis server cannot be reached: {error}.", hint=hint) from None
        try:
            for number in range(DATABASES - 1, 0, -1):
                if _take(session, number):
                    return cls(server, number, session)
        except RedisError as error:
            session.close()
            raise Unavailable(f"The Redis server lends no database: {error}.", hint=hint) from None
        session.close()
        raise Unavailable(
            f"The Redis server has no empty database among 1 to {DATABASES - 1}.", hint="Empty one of them."
        )

    @property
    def only(self) -> int | None:
        """The one database that the target may use; None if the whole server is its own."""
        return self.number if self.server.lent else None

    def environment(self, port: int) -> Mapping[str, str]:
        url = self._url("redis", port, str(self.number))
        return {"REDIS_URL": url, "REDIS_HOST": "127.0.0.1", "REDIS_PORT": str(port), "REDIS_DB": str(self.number)}

    def give_back(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            with contextlib.suppress(RedisError):
                session.call("FLUSHDB")
            session.close()


def _take(session: RedisTalk, number: int) -> bool:
    """Two runs that try the same one at the same moment may both leave it, never both take it."""
    name = f"backroad-{number}"
    session.call("CLIENT", "SETNAME", name)
    clients = session.call("CLIENT", "LIST")
    if not isinstance(clients, str) or clients.split().count(f"name={name}") > 1:
        session.call("CLIENT", "SETNAME", "")
        return False
    try:
        session.call("SELECT", number)
    except RedisError:
        return False  # the server has fewer
    if session.call("EVAL", TAKE, 1, MARK) == 1:
        return True
    session.call("CLIENT", "SETNAME", "")
    return False
