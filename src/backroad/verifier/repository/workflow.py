"""GitHub workflows: jobs, steps, and the lines that they run."""

import re
from collections.abc import Iterator

import msgspec

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.sight import absent
from backroad.verifier.repository.yaml_lines import Yaml, first_document

PLACE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")


class Step(msgspec.Struct, frozen=True):
    body: Yaml

    @property
    def uses(self) -> str:
        return self.body.get("uses").text

    def lines(self, key: str = "run") -> list[tuple[int, str]]:
        """Numbered lines of its script; a folded or quoted script is one line, where it begins."""
        return script_lines(self.body.get(key))


class Job(msgspec.Struct, frozen=True):
    name: str
    line: int
    body: Yaml

    @property
    def steps(self) -> list[Step]:
        return [Step(one) for one in self.body.get("steps") if one.kind == "mapping"]

    @property
    def uses(self) -> str:
        """The workflow that it calls instead of having steps."""
        return self.body.get("uses").text


class Workflow(msgspec.Struct, frozen=True):
    path: str
    body: Yaml

    @property
    def jobs(self) -> list[Job]:
        pairs = self.body.get("jobs").pairs()
        return [Job(name, line, body) for name, line, body in pairs if body.kind == "mapping"]

    @property
    def triggers(self) -> set[str]:
        on = self.body.get("on")
        if on.kind == "text":
            return {on.text}
        return {key for key, _, _ in on.pairs()} or {one.text for one in on}

    def steps(self) -> Iterator[tuple[Job, Step]]:
        for job in self.jobs:
            for step in job.steps:
                yield job, step


def workflows(folder: Folder) -> list[Workflow]:
    """Not run where there is none."""
    paths = [path for path in folder.files if PLACE.fullmatch(path)]
    documents = ((path, folder.parsed(path, first_document)) for path in paths)
    found = [Workflow(path, document) for path, document in documents if document and document.has("jobs")]
    return found or absent("there is no workflow in .github/workflows")


def script_lines(script: Yaml) -> list[tuple[int, str]]:
    first = script.line + 1 if script.block else script.line
    joined = re.sub(r"\\\n[ \t]*", lambda one: " \0", script.text)  # a continued line counts where it begins
    found, number = [], first
    for line in joined.split("\n"):
        found.append((number, line.replace("\0", "")))
        number += 1 + line.count("\0")
    return found if script else []
