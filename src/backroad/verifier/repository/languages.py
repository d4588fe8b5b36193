"""What each language's packages are named in: manifests, lock files, and what a build leaves behind."""

import json
import re
import tomllib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from backroad.verifier.repository.folder import Folder, Trouble, line_at, parent

MOST_NAMES = 1000  # of one manifest
SOURCE = r".+\.(?:js|mjs|cjs|ts|tsx|py|go|java|kt|php|rb|cs|rs|ex|exs|scala)"


class Language(msgspec.Struct, frozen=True):
    name: str
    manifest: str  # pattern of the file's name
    locks: tuple[str, ...]
    products: tuple[str, ...]  # paths that must not be committed
    command: str  # writes the lock file


LANGUAGES = (
    Language(
        "Node.js", r"package\.json",
        ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"),
        ("node_modules/x",), "npm install",
    ),
    Language(
        "Python", r"pyproject\.toml|requirements\.(?:txt|in)|Pipfile",
        ("uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pylock.toml"),
        ("__pycache__/x.pyc", ".venv/x"), "uv lock, poetry lock or pip-compile",
    ),
    Language("Go", r"go\.mod", ("go.sum",), (), "go mod tidy"),
    Language("PHP", r"composer\.json", ("composer.lock",), ("vendor/x",), "composer update"),
    Language("Maven", r"pom\.xml", (), ("target/x",), ""),
    Language("Gradle", r"build\.gradle(?:\.kts)?", ("gradle.lockfile",), ("build/x", ".gradle/x"), ""),
    Language("Ruby", r"Gemfile", ("Gemfile.lock",), (), "bundle lock"),
    Language("C#", r".+\.csproj", ("packages.lock.json",), ("bin/x", "obj/x"), ""),
)  # fmt: skip


class Manifest(msgspec.Struct, frozen=True):
    """`names`: direct dependencies and the line of each."""

    language: Language
    path: str
    text: str
    names: dict[str, int]

    @property
    def folder(self) -> str:
        return parent(self.path)

    def lock(self, folder: Folder) -> str:
        """The nearest lock file, in its folder or one above it (workspaces)."""
        place = self.folder
        while True:
            found = next((place + name for name in self.language.locks if folder.has(place + name)), "")
            if found or not place:
                return found
            place = parent(place[:-1])


def manifests(folder: Folder) -> list[Manifest]:
    found = []
    for language in LANGUAGES:
        for path in folder.named(language.manifest, aside=False):
            read = folder.parsed(path, read_manifest)
            if read is not None:
                found.append(Manifest(language, path, *read))
    return found


def read_manifest(text: str, path: str) -> tuple[str, dict[str, int]]:
    name = path.rpartition("/")[2].lower()
    if name == "package.json":
        names = set(json_names(text, path, "dependencies", "devDependencies", "optionalDependencies"))
    elif name == "composer.json":
        names = {one for one in json_names(text, path, "require", "require-dev") if "/" in one}
    elif name == "pyproject.toml":
        names = set(pyproject_names(toml(text, path)))
    elif name == "pipfile":
        names = {key for section in ("packages", "dev-packages") for key in mapping(toml(text, path), section)}
    else:
        found = islice(PLAIN.get(name, CSPROJ).finditer(text), MOST_NAMES)
        return text, {one[1]: line_at(text, one.start(1)) for one in found}
    return text, {one: first_line(text, one) for one in sorted(names)[:MOST_NAMES]}


REQUIREMENT = re.compile(r"(?m)^[ \t]*([A-Za-z0-9][\w.-]*)[ \t]*(?=\[|[=<>!~;@#]|$)")
CSPROJ = re.compile(r"<PackageReference\b[^>]{0,300}?\bInclude\s*=\s*\"([^\"]{1,200})\"")
PLAIN = {
    "requirements.txt": REQUIREMENT,
    "requirements.in": REQUIREMENT,
    "go.mod": re.compile(r"(?m)^(?:require[ \t]+|\t)([\w~-]\S{2,300})[ \t]+v\d\S*(?![^\n]*//[ \t]*indirect)"),
    "gemfile": re.compile(r"(?m)^[ \t]*gem[ \t(]+[\"']([\w.-]+)[\"']"),
    "pom.xml": re.compile(r"<artifactId>\s*([\w.-]{1,200})\s*</artifactId>"),
    "build.gradle": re.compile(r"[\"']([\w.-]{1,100}:[\w.-]{1,100})(?::[^\"']{0,100})?[\"']"),
    "build.gradle.kts": re.compile(r"\"([\w.-]{1,100}:[\w.-]{1,100})(?::[^\"]{0,100})?\""),
}


def json_object(text: str, path: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise Trouble(path, error.lineno, "is not JSON") from None
    except (ValueError, RecursionError):
        raise Trouble(path, 1, "is not JSON that can be read") from None
    if not isinstance(found, dict):
        raise Trouble(path, 1, "is not a JSON object")
    return found


def json_names(text: str, path: str, *sections: str) -> Iterator[str]:
    whole = json_object(text, path)
    for section in sections:
        yield from mapping(whole, section)


def toml(text: str, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        raise Trouble(path, int(found[1]) if found else 1, "is not TOML") from None
    except (ValueError, RecursionError):
        raise Trouble(path, 1, "is not TOML that can be read") from None


def mapping(table: object, *keys: str) -> dict[str, Any]:
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def pyproject_names(whole: dict[str, Any]) -> Iterator[str]:
    project = mapping(whole, "project")
    lists = [project.get("dependencies"), *mapping(project, "optional-dependencies").values()]
    lists += mapping(whole, "dependency-groups").values()
    for one in lists:
        for text in one if isinstance(one, list) else []:
            found = REQUIREMENT.match(text) if isinstance(text, str) else None
            if found:
                yield found[1]
    poetry = mapping(whole, "tool", "poetry")
    groups = [mapping(group, "dependencies") for group in mapping(poetry, "group").values()]
    for table in [mapping(poetry, "dependencies"), mapping(poetry, "dev-dependencies"), *groups]:
        yield from (name for name in table if name.lower() != "python")


def first_line(text: str, name: str) -> int:
    at = text.find(f'"{name}"')
    return line_at(text, max(at if at >= 0 else text.find(name), 0))


def sources(folder: Folder) -> list[str]:
    """Program files, tests and examples left out."""
    return folder.named(SOURCE, aside=False)
