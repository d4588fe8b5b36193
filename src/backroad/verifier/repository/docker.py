"""Dockerfiles: logical lines (continuations, comments, here-documents), instructions, stages."""

import json
import re
from collections import deque
from collections.abc import Iterable, Iterator

import msgspec

from backroad.verifier.repository.folder import Folder, Trouble
from backroad.verifier.repository.git import Pattern, read_patterns
from backroad.verifier.repository.key_shapes import VARIABLE
from backroad.verifier.repository.sight import absent

NAME = r"(?:.+\.)?(?:dockerfile|containerfile)(?:\.[\w-]+)?"
OTHERS = re.compile(
    r"(?i)\.(?:dockerignore|j2|tmpl|template|md|txt|bak|orig)$|(?:^|[./_-])(?:dev|devel|local|test|tests)\b"
)
KNOWN = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip
WITH_HEREDOC = ("RUN", "COPY", "ADD")
HEREDOC = re.compile(r"(?:^|\s)\d*<<-?([\"']?)([A-Za-z_][\w.]{0,60})\1(?=[\s;|&)]|$)")
FLAG = re.compile(r"--[a-z][a-z-]*(?:=(?:\"[^\"]*\"|\S*))?(?:\s+|$)")
LONGEST_WORD = 1000  # characters
FLAGGED = frozenset({"FROM", "RUN", "COPY", "ADD", "HEALTHCHECK", "ONBUILD"})


class Instruction(msgspec.Struct, frozen=True):
    name: str  # in capitals
    line: int
    text: str  # arguments without flags, joined to one line
    flags: tuple[str, ...] = ()
    heredoc: str = ""  # all lines of its here-documents

    @property
    def words(self) -> list[str]:
        """Of the exec form, or split at white space."""
        return self.exec_form or self.text.split()

    @property
    def exec_form(self) -> list[str]:
        """The JSON array; empty where the text is a command for a shell."""
        if not self.text.startswith("["):
            return []
        try:
            found = json.loads(self.text)
        except (ValueError, RecursionError):
            return []
        return found if isinstance(found, list) and all(isinstance(one, str) for one in found) else []

    @property
    def commands(self) -> list[str]:
        """The text and its here-documents, taken apart at `&&`, `;` and `|`."""
        return [part.strip()[:LONGEST_WORD] for part in re.split(r"[;&|\n]+", f"{self.text}\n{self.heredoc}")]


class Stage(msgspec.Struct, frozen=True):
    line: int
    base: str  # image or earlier stage, variables replaced where their value is known
    name: str
    parent: "Stage | None"
    instructions: tuple[Instruction, ...]

    def all(self, *names: str) -> list[Instruction]:
        return [one for one in self.instructions if one.name in names]

    def last(self, name: str) -> Instruction | None:
        """The one that holds at the end, perhaps inherited from the stage it is built from."""
        return next((one.all(name)[-1] for one in self.lineage() if one.all(name)), None)

    def lineage(self) -> Iterator["Stage"]:
        """Itself, the stage it is built from, and so on."""
        stage: Stage | None = self
        while stage is not None:
            yield stage
            stage = stage.parent

    @property
    def image(self) -> str:
        return deque(self.lineage(), maxlen=1)[0].base


class Dockerfile(msgspec.Struct, frozen=True):
    path: str
    stages: tuple[Stage, ...]

    @property
    def final(self) -> Stage:
        return self.stages[-1]


def dockerfiles(folder: Folder) -> list[Dockerfile]:
    """Those for production: not of tests, examples and dev containers. Not run where there is none."""
    paths = [
        path
        for path in folder.named(NAME, aside=False)
        if not OTHERS.search(path.rpartition("/")[2]) and ".devcontainer/" not in path
    ]
    found = [one for path in paths if (one := folder.parsed(path, read_dockerfile)) is not None]
    return found or absent("there is no Dockerfile in the folder")


def copies_everything(instruction: Instruction) -> bool:
    """COPY or ADD of the whole build context."""
    if instruction.name not in ("COPY", "ADD") or any(flag.startswith("--from=") for flag in instruction.flags):
        return False
    return any(source in (".", "./", "/", "*", "./*") for source in instruction.words[:-1])


def start_script(folder: Folder, stage: Stage) -> tuple[str, str] | None:
    """Path and text of the script of the folder that ENTRYPOINT or CMD runs."""
    for instruction in filter(None, (stage.last("ENTRYPOINT"), stage.last("CMD"))):
        for word in instruction.words[:20]:
            name = word.strip("\"'").rpartition("/")[2]
            paths = folder.named(re.escape(name)) if name.endswith(".sh") else []
            for path in paths:
                if folder.readable(path):
                    return path, folder.text(path)
    return None


def ignore_file(folder: Folder, path: str) -> tuple[str, tuple[Pattern, ...]] | None:
    """What keeps files out of the build of a Dockerfile: beside it, or at the top of the folder."""
    head, slash, _ = path.rpartition("/")
    for place in (f"{path}.dockerignore", f"{head}{slash}.dockerignore", ".dockerignore"):
        if folder.has(place) and folder.readable(place):
            return place, read_patterns(folder.text(place), rooted=True)
    return None


def read_dockerfile(text: str, path: str) -> Dockerfile:
    instructions = read_instructions(text, path)
    stages: list[Stage] = []
    named: dict[str, Stage] = {}
    at = 0
    while at < len(instructions) and instructions[at].name == "ARG":
        at += 1
    outside = given(instructions[:at], {})
    if at == len(instructions) or instructions[at].name != "FROM":
        line = instructions[at].line if at < len(instructions) else 1
        raise Trouble(path, line, "has no FROM before its first instruction")
    while at < len(instructions):
        start, at = at, at + 1
        while at < len(instructions) and instructions[at].name != "FROM":
            at += 1
        stage = read_stage(instructions[start], instructions[start + 1 : at], outside, named)
        stages.append(stage)
        named[stage.name.lower()] = stage
    return Dockerfile(path, tuple(stages))


def read_stage(
    start: Instruction, own: list[Instruction], outside: dict[str, str], earlier: dict[str, Stage]
) -> Stage:  # fmt: skip
    words = start.text.split()
    base = substituted(words[0], outside) if words else ""
    name = words[2] if len(words) > 2 and words[1].lower() == "as" else ""
    parent = earlier.get(base.lower()) if base else None
    return Stage(start.line, base, name, parent, tuple(own))


def pairs(text: str) -> list[tuple[str, str]]:
    """`NAME=value` of ARG and ENV, quotes removed; an ARG without a value is left out."""
    found = re.findall(r"([A-Za-z_][\w.-]{0,100})=(\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:[^\s\\]|\\.)*)", text)
    if not found and " " in text.strip() and "=" not in text.split()[0]:
        name, _, value = text.strip().partition(" ")  # the old form, ENV NAME value
        return [(name, value.strip())]
    return [(name, value.strip("\"'")) for name, value in found]


def given(instructions: Iterable[Instruction], before: dict[str, str]) -> dict[str, str]:
    """What ARG and ENV set, each with the values of those before it."""
    values = dict(before)
    for one in instructions:
        if one.name in ("ARG", "ENV"):
            values.update((name, substituted(value, values)) for name, value in pairs(one.text))
    return values


def substituted(text: str, values: dict[str, str]) -> str:
    """With variables replaced; those nobody gave a value stay as they are."""

    def one(found: re.Match[str]) -> str:
        value = values.get(found[1] or found[4])
        if value:
            return value
        return found[3] or found[0] if found[2] in ("-", ":-") else found[0]

    return VARIABLE.sub(one, text[:LONGEST_WORD])[:LONGEST_WORD]


def read_instructions(text: str, path: str) -> list[Instruction]:
    lines = text.split("\n")
    escape = "`" if re.match(r"(?i)(?:#[^\n]*\n)*?#[ \t]*escape[ \t]*=[ \t]*`", text) else "\\"
    found: list[Instruction] = []
    at = 0
    while at < len(lines):
        stripped = lines[at].strip()
        if not stripped or stripped.startswith("#"):
            at += 1
            continue
        start = at
        logical, at = join(lines, at, escape)
        name, _, rest = logical.partition(" ")
        if name.upper() not in KNOWN:
            raise Trouble(path, start + 1, "begins with a word that is no Dockerfile instruction")
        heredoc = ""
        if name.upper() in WITH_HEREDOC:
            heredoc, at = read_heredocs(rest, lines, at, path, start)
        flags, rest = read_flags(rest.strip()) if name.upper() in FLAGGED else ((), rest.strip())
        found.append(Instruction(name.upper(), start + 1, rest, flags, heredoc))
    return found


def join(lines: list[str], at: int, escape: str) -> tuple[str, int]:
    """One logical line; comments and empty lines inside a continuation do not count."""
    parts: list[str] = []
    while at < len(lines):
        line = lines[at].strip()
        at += 1
        if parts and (not line or line.startswith("#")):
            continue
        if not line.endswith(escape):
            parts.append(line)
            break
        parts.append(line[:-1].strip())
    return re.sub(r"^(\S+)\s+", r"\1 ", " ".join(part for part in parts if part)), at


def read_heredocs(rest: str, lines: list[str], at: int, path: str, start: int) -> tuple[str, int]:
    body: list[str] = []
    for found in HEREDOC.finditer(rest):
        while at < len(lines) and lines[at].strip() != found[2]:
            body.append(lines[at])
            at += 1
        if at == len(lines):
            raise Trouble(path, start + 1, "has a here-document without its end")
        at += 1
    return "\n".join(body), at


def read_flags(rest: str) -> tuple[tuple[str, ...], str]:
    flags = []
    while found := FLAG.match(rest):
        flags.append(found[0].strip())
        rest = rest[found.end() :]
    return tuple(flags), rest
