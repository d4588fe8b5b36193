"""Hooks of the checks on uploads."""

from collections.abc import Mapping

from backroad.verifier.answer import Answer
from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.exchange import Request
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

BOUNDARY = "----backroad-7b1c"


def multipart(content: bytes, *, name: str, kind: str, field: str = "file", boundary: str = BOUNDARY) -> bytes:
    """A body of one file, as a browser writes it."""
    shown = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    disposition = f'Content-Disposition: form-data; name="{field}"; filename="{shown}"'
    head = f"--{boundary}\r\n{disposition}\r\nContent-Type: {kind}\r\n\r\n"
    return head.encode() + content + f"\r\n--{boundary}--\r\n".encode()


class Uploads(LabDriver):
    uploads = "/uploads"  # where files are sent, as multipart/form-data, and listed
    upload_field = "file"
    upload_kind = "application/octet-stream"  # what is taken
    upload_name = "file.bin"
    upload_limit = 1_048_576  # bytes of a file

    async def uploader(self) -> Person:
        """Somebody new who may send files."""
        return await self.person()

    def content(self, size: int = 0) -> bytes:
        """Bytes of a good file, different each time; of exactly this size, if there is one."""
        raise NotImplementedError

    def disguises(self) -> Mapping[str, bytes]:
        """What it is -> bytes that are not of the kind that is taken."""
        raise NotImplementedError

    def two_in_one(self) -> Mapping[str, bytes]:
        """What it is -> bytes that pass for the kind that is taken, and for another."""
        raise NotImplementedError

    def upload_request(self, content: bytes, *, name: str = "", kind: str = "") -> Request:
        """The request that sends a file, without credentials."""
        body = multipart(content, name=name or self.upload_name, kind=kind or self.upload_kind, field=self.upload_field)
        headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        return Request(method="POST", path=self.uploads, headers=headers, body=body)

    async def upload(self, person: Person, content: bytes, *, name: str = "", kind: str = "") -> Answer:
        return await person.client.send(self.upload_request(content, name=name, kind=kind))

    async def uploaded(self, person: Person, content: bytes, *, name: str = "") -> Answer:
        """The same where it is not the subject."""
        answer = await self.upload(person, content, name=name)
        if not 200 <= answer.status < 300:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected=f"a file kept by {self.uploads}", got=got, exchanges=(answer.exchange,))
        return answer

    def upload_path(self, answer: Answer) -> str:
        """Where what was uploaded is shown and deleted."""
        return self.path_of(answer)

    def download_path(self, answer: Answer) -> str:
        """Where its bytes are."""
        return self.upload_path(answer)
