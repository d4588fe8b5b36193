"""A form with a file, in parts."""

import re
from collections.abc import Sequence
from typing import ClassVar

from backroad.drills.http_server.exchange import Exchange, Reply, Request, as_json, problem
from backroad.drills.http_server.scenario import Resources, Scenario, to


class Multipart(Scenario):
    """Lenient as many parsers: it takes a body that is never closed."""

    name: ClassVar[str] = "multipart"
    goals: ClassVar[dict[str, str]] = {
        "title": "The field `title` arrives: `Minutes`.",
        "file": "The file `minutes.txt` arrives in the field `file`, as a file, with the text `All agreed.`",
        "closed": "The body ends with the closing delimiter.",
    }

    def resources(self) -> Resources:
        return {"/documents": {"POST": self.upload}}

    def upload(self, request: Request) -> Reply:
        if request.media_type != "multipart/form-data":
            return problem(415, "Send multipart/form-data.")
        found, closed = parts(request)
        if not found:
            return problem(400, "There are no parts between the boundaries.")
        return as_json(201, {"parts": found, "closed": closed})

    @classmethod
    def judge(cls, seen: Sequence[Exchange]) -> dict[str, str]:
        stored = to(seen, "POST", "/documents", 201)
        if not stored:
            return dict.fromkeys(cls.goals, "No `POST /documents` got `201`.")
        missed = {}
        found = stored[-1].said["parts"]
        if {"name": "title", "filename": "", "text": "Minutes"} not in found:
            missed["title"] = "There is no such field."
        if {"name": "file", "filename": "minutes.txt", "text": "All agreed."} not in found:
            plain = any(part["name"] == "file" and not part["filename"] for part in found)
            missed["file"] = "It arrived as a plain field, without a file name." if plain else "There is no such file."
        if not stored[-1].said["closed"]:
            missed["closed"] = "The last delimiter has no `--` after it: a parser that is strict waits for more."
        return missed


def parts(request: Request) -> tuple[list[dict[str, str]], bool]:
    """Of a multipart body, and whether it is closed."""
    boundary = re.search(r'boundary="?([^";]{1,70})"?', request.header("Content-Type"))
    if not boundary:
        return [], False
    delimiter = b"--" + boundary[1].encode()
    found = []
    body, closing, _ = (b"\r\n" + request.body).partition(b"\r\n" + delimiter + b"--")
    for block in body.removesuffix(b"\r\n").removesuffix(b"\r\n" + delimiter).split(b"\r\n" + delimiter + b"\r\n")[1:]:
        head, _, content = block.partition(b"\r\n\r\n")
        fields = dict(re.findall(r'\b(name|filename)="([^"]*)"', head.decode("utf-8", "replace")))
        text = content.decode("utf-8", "replace").rstrip("\r\n")
        found.append({"name": fields.get("name", ""), "filename": fields.get("filename", ""), "text": text})
    return found[:50], bool(closing)
