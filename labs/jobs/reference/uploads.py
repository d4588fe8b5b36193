"""One file out of a multipart/form-data body (RFC 7578), and what a résumé must be."""

import re
from urllib.parse import quote

import rules
from asgi import Problem
from refusals import Invalid

FILE = 1_048_576  # bytes of a file
AROUND = 16_384  # bytes of a body that are not the file
BOUNDARY = re.compile(
    r"multipart/form-data\s*;(?:.*;)?\s*boundary=(?:\"([^\"]{1,70})\"|([\w'()+,./:=?-]{1,70}))\s*$", re.IGNORECASE
)
PARAMETER = re.compile(r";\s*(\w+)=\"((?:[^\"\\]|\\.)*)\"")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def read_file(content_type: str, body: bytes) -> tuple[str, bytes]:
    """(name, content) of the one part that there may be, which is called `file`."""
    found = BOUNDARY.match(content_type)
    if not found:
        raise Problem(415, "The body must be sent as multipart/form-data with a boundary.")
    mark = b"--" + (found[1] or found[2]).encode()
    # A line break belongs to the boundary after it, also where the content ends in line breaks of its own.
    first, *parts = (b"\r\n" + body).split(b"\r\n" + mark)
    if first or len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise Problem(400, "The body is not multipart/form-data from the first boundary to the last.")
    files = [_read_part(part) for part in parts[:-1]]
    if len(files) != 1 or files[0][0] != "file":
        raise Invalid({"file": "is the one part that there must be"})
    _, name, content = files[0]
    if len(content) > FILE:
        raise Problem(413, f"The file is larger than {FILE} bytes.")
    return _judged(name, content)


def _read_part(part: bytes) -> tuple[str, str, bytes]:
    head, blank, content = part.partition(b"\r\n\r\n")
    lines = head.decode("utf-8", "replace").split("\r\n")
    line = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
    parameters = dict(PARAMETER.findall(line))
    if not blank or lines[0].strip() or "name" not in parameters:
        raise Problem(400, "A part of the body has no name.")
    return parameters["name"], parameters.get("filename", ""), content


def _judged(name: str, content: bytes) -> tuple[str, bytes]:
    """By what it is: its name and its Content-Type are what the client says of it."""
    if not content.startswith(b"%PDF-") or b"%%EOF" not in content[-1024:]:
        raise Invalid({"file": "must be a PDF from its first byte to its last"})
    if b"PK\x05\x06" in content[-65_557:]:
        raise Invalid({"file": "must not be an archive too"})
    shown = CONTROL.sub("", re.split(r"[/\\]", name)[-1]).strip()
    if not shown or len(shown) > rules.FILE_NAME:
        raise Invalid({"file": f"must have a name of 1 to {rules.FILE_NAME} characters"})
    return shown, content


def disposition(name: str) -> str:
    """A download, under its name in a form that no name can break out of (RFC 6266)."""
    return f"attachment; filename=\"resume.pdf\"; filename*=UTF-8''{quote(name, safe='')}"
