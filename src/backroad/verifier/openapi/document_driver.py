"""The driver where no collection was found: a document, and the headers of the hints."""

from backroad.verifier.bench import Bench
from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.openapi.document import Document
from backroad.verifier.openapi.hints import Hints


class DocumentDriver(LabDriver):
    def __init__(self, bench: Bench, document: Document, hints: Hints) -> None:
        super().__init__(bench)
        self.document = document
        self._headers = {**hints.headers, **(hints.people[0] if hints.people else {})}

    async def person(self) -> Person:
        return Person(client=self.bench.client(self._headers), credentials=self._headers, secret="")
