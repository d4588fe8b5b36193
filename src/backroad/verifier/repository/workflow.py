"""GitHub workflows: jobs, steps, and the lines that they run."""

import re
from collections.abc import Iterator

import msgspec

from backroad.verifier.repository.folder import LONGEST_LINE, MOST_ALIKE, Folder
from backroad.verifier.repository.sight import absent
from backroad.verifier.repository.yaml_lines import Yaml, first_document

PLACE = re.compile(r"\.github/workflows/[^/]+\.ya?ml")


class Step(msgspec.Struct, frozen=True):
    body: Yaml

    @property
    def uses(self) -> str:
        return self.body.get("uses").text

    def lines(self) -> list[tuple[int, str]]:
        return script_lines(self.body.get("run"))


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
    paths = [path for path in folder.files if PLACE.fullmatch(path)][:MOST_ALIKE]
    documents = ((path, folder.parsed(path, first_document)) for path in paths)
    found = [Workflow(path, document) for path, document in documents if document and document.has("jobs")]
    return found or absent("there is no workflow in .github/workflows")


def script_lines(script: Yaml) -> list[tuple[int, str]]:
    """Numbered lines; one that goes on after a backslash is told whole, where it begins."""
    found: list[tuple[int, str]] = []
    open_line = False
    for number, line in enumerate(script.text.split("\n"), script.line + script.block):
        if open_line:
            first, text = found.pop()
            found.append((first, f"{text} {line.strip()}"[:LONGEST_LINE]))
        else:
            found.append((number, line[:LONGEST_LINE]))
        open_line = line.endswith("\\")
        if open_line:
            first, text = found.pop()
            found.append((first, text.removesuffix("\\").rstrip()))
    return found
