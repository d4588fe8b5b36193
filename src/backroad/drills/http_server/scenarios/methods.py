"""A large file: how large, what may be done with it, and away with it."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

PATH = "/archive.tar"


class Methods(Scenario):
    name: ClassVar[str] = "methods"
    goals: ClassVar[dict[str, str]] = {
        "size": "The size is learned, and the file is not transferred.",
        "allowed": "What may be done with the file is asked for before it is done.",
        "gone": f"Then the file is deleted, and a look at `{PATH}` afterwards gets `404`.",
    }

    def begin(self) -> None:
        self.there = True

    def resources(self) -> Resources:
        return {PATH: {"GET": self.read, "DELETE": self.delete}} if self.there else {PATH: {"GET": self.nothing}}

    def read(self, request: Request) -> Reply:
        return plain(200, self.drawn("content", 64) * 600, Content_Type="application/x-tar")

    def delete(self, request: Request) -> Reply:
        self.there = False
        return Reply(204)

    def nothing(self, request: Request) -> Reply:
        return problem(404, "The file is gone.")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        if to(seen, "GET", PATH, 200):
            missed["size"] = "All of the file was transferred."
        elif not to(seen, "HEAD", PATH, 200):
            missed["size"] = "Nobody asked for its size."
        deleted = to(seen, "DELETE", PATH, 204)
        before = seen[: seen.index(deleted[0])] if deleted else seen
        if not any(one.reply.header("Allow") for one in before):
            missed["allowed"] = "No answer with `Allow` came before."
        after = seen[seen.index(deleted[0]) + 1 :] if deleted else ()
        if not [*to(after, "GET", PATH, 404), *to(after, "HEAD", PATH, 404)]:
            missed["gone"] = "Nobody looked afterwards." if deleted else "No `DELETE` got `204`."
        return missed
