"""Two profiles: Ada's is there; Bob's is not, until somebody has looked."""

from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, matches, to


class ConditionalCreate(Scenario):
    name: ClassVar[str] = "conditional-create"
    goals: ClassVar[dict[str, str]] = {
        "created": "`PUT /profiles/bob` creates the profile: `201`.",
        "refused": "`PUT /profiles/ada` is refused, since the profile is there: `412`.",
    }

    def begin(self) -> None:
        self.profiles = {"ada": {"city": "London"}}

    def resources(self) -> Resources:
        return {"/profiles/*": {"GET": self.read, "PUT": self.write}}

    def tag(self, name: str) -> str:
        return f'"{self.drawn(str(self.profiles.get(name)), 8)}"'

    def read(self, request: Request) -> Reply:
        if request.last not in self.profiles:
            if request.last == "bob":  # the colleague who is always a moment faster
                self.profiles["bob"] = {"city": "Oslo"}
            return problem(404, "There is no such profile.")
        return as_json(200, self.profiles[request.last], ETag=self.tag(request.last))

    def write(self, request: Request) -> Reply:
        name, there = request.last, request.last in self.profiles
        if name not in ("ada", "bob"):
            return problem(404, "There is no such person.")
        match, none = request.header("If-Match"), request.header("If-None-Match")
        if match and not (there and matches(match, self.tag(name))):
            return problem(412, "There is no such version.")
        if none and there and matches(none, self.tag(name)):
            return problem(412, "The profile is there.")
        self.profiles[name] = request.object
        return as_json(200 if there else 201, self.profiles[name], ETag=self.tag(name))

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        missed = {}
        if to(seen, "PUT", "/profiles/bob", 200):
            missed["created"] = "`PUT /profiles/bob` got `200`: it overwrote what was there by then."
        elif not to(seen, "PUT", "/profiles/bob", 201):
            missed["created"] = "No `PUT /profiles/bob` got `201`."
        if to(seen, "PUT", "/profiles/ada", 200):
            missed["refused"] = "`PUT /profiles/ada` got `200`: Ada's profile is overwritten."
        elif not to(seen, "PUT", "/profiles/ada", 412):
            missed["refused"] = "No `PUT /profiles/ada` got `412`."
        return missed
