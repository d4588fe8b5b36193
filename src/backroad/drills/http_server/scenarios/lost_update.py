"""A page that a colleague changes as soon as you have read it."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, matches, to

TEXT = "Closed on Monday."


class LostUpdate(Scenario):
    name: ClassVar[str] = "lost-update"
    goals: ClassVar[dict[str, str]] = {
        "conflict": "A `PUT` that names the version first read is refused: `412`.",
        "saved": f"Then your text is saved: a `PUT` with `{TEXT}` gets `200`.",
        "kept": "The title that the colleague has given the page meanwhile is still there.",
        "guarded": "Every write that is accepted names the one version that it replaces.",
    }

    def begin(self) -> None:
        self.page = {"title": "Opening hours", "text": "Open from 9 to 17."}
        self.version = 1
        self.reads = 0

    def resources(self) -> Resources:
        return {"/pages/7": {"GET": self.read, "PUT": self.write}}

    @property
    def tag(self) -> str:
        return f'"{self.drawn(f"version {self.version}", 8)}"'

    def read(self, request: Request) -> Reply:
        answer = as_json(200, self.page, ETag=self.tag)
        self.reads += 1
        if self.reads == 1:
            self.page = {**self.page, "title": f"Opening hours in winter {self.drawn('winter', 4)}"}
            self.version += 1
        return answer

    def write(self, request: Request) -> Reply:
        condition, page = request.header("If-Match"), request.object
        if not condition:
            return problem(428, "Say in If-Match which version you replace.")
        if not matches(condition, self.tag):
            return problem(412, "The page has changed since you read it.")
        if page.keys() != {"title", "text"}:
            return problem(422, "A page has a title and a text.")
        self.page = page
        self.version += 1
        return as_json(200, self.page, ETag=self.tag)

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        if not to(seen, "PUT", "/pages/7", 412):
            missed["conflict"] = "No `PUT` got `412`."
        written = [one for one in to(seen, "PUT", "/pages/7", 200) if one.request.object.get("text") == TEXT]
        if not written:
            missed["saved"] = "No `PUT` with this text got `200`."
            missed["kept"] = "Nothing was saved."
        else:
            read = to(seen[: seen.index(written[-1])], "GET", "/pages/7", 200)
            if len(read) < 2:
                missed["kept"] = "The page was not read again before it was saved, so that the new title is lost."
            elif read[-1].said.get("title") != written[-1].request.object.get("title"):
                missed["kept"] = "What was saved has another title than the page had by then."
        if any(one.request.header("If-Match").strip() == "*" for one in to(seen, "PUT", "/pages/7", 200)):
            missed["guarded"] = "`If-Match: *` is true of every version, also of one that you have not seen."
        return missed
