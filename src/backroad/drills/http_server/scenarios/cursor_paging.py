"""A list in three pages, the second of them short."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

SIZES = (2, 1, 2)


class CursorPaging(Scenario):
    name: ClassVar[str] = "cursor-paging"
    goals: ClassVar[dict[str, str]] = {
        "all": "Every event is read, to the last page.",
        "once": "No page is read twice.",
    }

    def resources(self) -> Resources:
        return {"/events": {"GET": self.page}}

    def cursor(self, page: int) -> str:
        """As base64 may look: its `+` and `=` mean something else in a query."""
        return f"{self.drawn(f'head {page}', 6)}+{self.drawn(f'tail {page}', 6)}=="

    def page(self, request: Request) -> Reply:
        cursors = [self.cursor(page) for page in range(1, len(SIZES))]
        after = request.query.get("after")
        if after is not None and after not in cursors:
            return problem(400, "This cursor is not one of ours.")
        page = cursors.index(after) + 1 if after is not None else 0
        events = [{"id": self.drawn(f"event {page} {n}", 6), "kind": "login"} for n in range(SIZES[page])]
        return as_json(200, {"events": events, "next": cursors[page] if page < len(cursors) else None})

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        pages = to(seen, "GET", "/events", 200)
        refused = to(seen, "GET", "/events", 400)
        # A cursor cannot be guessed: who reads the last page has read all before it.
        if not any("next" in one.said and one.said["next"] is None for one in pages):
            missed["all"] = (
                "A cursor was refused: it did not arrive as it had been given." if refused
                else "There was a further page: the last one says `\"next\": null`." if pages
                else "No page was read."
            )  # fmt: skip
        if len({one.reply.body for one in pages}) < len(pages):
            missed["once"] = "A page was read twice."
        return missed
