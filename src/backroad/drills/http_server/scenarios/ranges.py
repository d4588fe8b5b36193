"""A file of 1,000 bytes that is fetched in two parts."""

import re
from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, plain, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

SIZE = 1000


class Ranges(Scenario):
    name: ClassVar[str] = "ranges"
    goals: ClassVar[dict[str, str]] = {
        "first": "The first 600 bytes are fetched, and no more: `206`.",
        "rest": "Exactly the bytes that are missing are fetched after them: `206`.",
        "guarded": "The second request sends the whole file, should it have changed in between: `If-Range`.",
    }

    def resources(self) -> Resources:
        return {"/backup": {"GET": self.backup}}

    def backup(self, request: Request) -> Reply:
        content = "".join(self.drawn(f"block {number}", 50) for number in range(SIZE // 50))
        tag = f'"{self.drawn("tag", 8)}"'
        asked = re.fullmatch(r"bytes=(\d{0,9})-(\d{0,9})", request.header("Range").replace(" ", ""))
        guard = request.header("If-Range")
        if not asked or asked[0] == "bytes=-" or (guard and guard != tag):
            return plain(200, content, ETag=tag, Accept_Ranges="bytes", Content_Type="application/octet-stream")
        first, last = _bounds(asked[1], asked[2])
        if first > last:
            return problem(416, "There are no such bytes.", Content_Range=f"bytes */{SIZE}")
        return plain(206, content[first : last + 1], ETag=tag, Content_Range=f"bytes {first}-{last}/{SIZE}")

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        parts = to(seen, "GET", "/backup", 206)
        ranges = [one.reply.header("Content-Range") for one in parts]
        if ranges[:1] != ["bytes 0-599/1000"]:
            missed["first"] = f"The first part was `{ranges[0]}`." if ranges else "No part was fetched."
        if ranges[1:] != ["bytes 600-999/1000"]:
            missed["rest"] = f"Then came `{'`, `'.join(ranges[1:])}`." if ranges[1:] else "No second part was fetched."
        elif to(seen, "GET", "/backup", 200):
            missed["rest"] = "The whole file was fetched too."
        if not parts[1:] or not all(one.request.header("If-Range") for one in parts[1:]):
            missed["guarded"] = "Parts of two versions may have been joined."
        return missed


def _bounds(first: str, last: str) -> tuple[int, int]:
    """The places of the first and the last byte; `-600` asks for the last 600."""
    if not first:
        return max(0, SIZE - int(last)), SIZE - 1
    return int(first), min(int(last or SIZE), SIZE - 1)
