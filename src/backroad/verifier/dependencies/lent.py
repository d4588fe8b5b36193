"""What a run gets of a server for itself: a fresh database, given back at the end."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from urllib.parse import quote

from backroad.verifier.dependencies.sources import Server


class Lent(ABC):
    """`address` is that of the real server; `environment` tells a target how to reach it through a proxy."""

    def __init__(self, server: Server) -> None:
        self.server = server

    @property
    def address(self) -> tuple[str, int]:
        return self.server.address

    @abstractmethod
    def environment(self, port: int) -> Mapping[str, str]:
        """Variables for the target; `port` is the proxy's, on 127.0.0.1."""

    @abstractmethod
    def give_back(self) -> None:
        """Blocking; safe to call twice."""

    def _url(self, scheme: str, port: int, path: str) -> str:
        parts = self.server.parts
        credentials = parts.netloc.rpartition("@")[0]
        at = f"{credentials}@" if credentials else ""
        return f"{scheme}://{at}127.0.0.1:{port}/{quote(path)}"
