"""A user of whom a part is changed."""

from collections.abc import Sequence
from typing import Any, ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to

USER = {"name": "Ada", "phone": "+43 1 234", "nickname": "Countess", "address": {"city": "Wien", "zip": "1010"}}


class MergePatch(Scenario):
    name: ClassVar[str] = "merge-patch"
    goals: ClassVar[dict[str, str]] = {
        "removed": "The user has no `nickname` any more.",
        "moved": "The city is `Graz`.",
        "kept": "Everything else is as it was.",
    }

    def begin(self) -> None:
        self.user: dict[str, Any] = USER

    def resources(self) -> Resources:
        return {"/users/7": {"GET": self.read, "PUT": self.replace, "PATCH": self.patch}}

    def read(self, request: Request) -> Reply:
        return as_json(200, self.user)

    def replace(self, request: Request) -> Reply:
        self.user = request.object
        return as_json(200, self.user)

    def patch(self, request: Request) -> Reply:
        if request.media_type != "application/merge-patch+json":
            return problem(415, "Send a merge patch.", Accept_Patch="application/merge-patch+json")
        self.user = merged(self.user, request.object)
        return as_json(200, self.user)

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        changed = [*to(seen, "PUT", "/users/7", 200), *to(seen, "PATCH", "/users/7", 200)]
        if not changed:
            return dict.fromkeys(cls.goals, "Nothing was changed.")
        missed = {}
        last = max(changed, key=seen.index).said
        address = last.get("address")
        if "nickname" in last:
            missed["removed"] = f"It is `{str(last['nickname'])[:40]}`."
        if not isinstance(address, dict) or address.get("city") != "Graz":
            missed["moved"] = "It is not there."
        known = {"name": last.get("name"), "phone": last.get("phone")}
        if known != {"name": USER["name"], "phone": USER["phone"]}:
            missed["kept"] = "The name or the phone number is lost."
        elif not isinstance(address, dict) or address.get("zip") != "1010":
            missed["kept"] = "The zip code is lost."
        return missed


def merged(target: Any, patch: Any, depth: int = 0) -> Any:
    """RFC 7396, section 2; what lies deeper than a user does is left out."""
    if not isinstance(patch, dict) or depth > 20:
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), value, depth + 1)
    return result
