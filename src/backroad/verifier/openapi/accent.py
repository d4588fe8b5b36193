"""A client that is asked for PATCH and speaks as the document does: PUT of the whole, or a change without a body."""

from typing import Any

import msgspec

from backroad.verifier.answer import Answer
from backroad.verifier.client import Client
from backroad.verifier.exchange import HeaderInput, Request, merge
from backroad.verifier.openapi.document import fits, is_json
from backroad.verifier.openapi.resources import Resource

JSON = "application/json"


class Accent(Client):
    """Around a client of the bench, with its connections and its journal."""

    def __init__(self, client: Client, resource: Resource) -> None:
        self.__dict__.update(client.__dict__)
        self._resource = resource

    async def send(
        self, request: Request, *, headers: HeaderInput | None = None, timeout: float | None = None,
        max_body: int | None = None,
    ) -> Answer:  # fmt: skip
        change = self._resource.change
        path = request.path.partition("?")[0]
        if request.method != "PATCH" or change is None or not fits(change.path, path):
            return await super().send(request, headers=headers, timeout=timeout, max_body=max_body)
        if change.method == "PUT":
            request = await self.whole(request)
        if JSON not in change.bodies and request.json is not ...:
            kind = next((kind for kind in change.bodies if is_json(kind)), JSON)
            request = msgspec.structs.replace(request, headers=merge({"Content-Type": kind}, request.headers))
        answer = await super().send(request, headers=headers, timeout=timeout, max_body=max_body)
        if 200 <= answer.status < 300 and not answer.body:
            return await super().send(Request("GET", request.path))
        return answer

    async def whole(self, request: Request) -> Request:
        """PUT of what is there, with the change in it; of the change alone where nothing can be read."""
        now = await super().send(Request("GET", request.path))
        fields: dict[str, Any] = {}
        if now.status == 200 and isinstance(now.json(), dict):
            wanted = self._resource.change_body.fields
            fields = {name: value for name, value in now.json().items() if name in wanted}
        changed = request.json if isinstance(request.json, dict) else {}
        return msgspec.structs.replace(request, method="PUT", json={**fields, **changed})
