"""Hooks of the checks on HTTP itself: heads, connections, origins, the served description."""

from backroad.verifier.driver import LabDriver, Person, Thing
from backroad.verifier.exchange import Request


class Http(LabDriver):
    description = "/openapi.json"  # where the target serves its OpenAPI document
    friend = "https://app.example.com"  # the origin whose pages may call the target
    head_limit = 65_536  # bytes; a larger head is refused

    def readable(self, person: Person, thing: Thing) -> list[Request]:
        """GETs that are answered 200 with a body: of the service, of lists, of one thing."""
        raise NotImplementedError

    def limited(self, person: Person) -> Request:
        """A request that each person may send `allowance` times in `window` seconds."""
        raise NotImplementedError

    allowance = 10
    window = 3.0
