import re
from itertools import islice

from backroad.verifier.repository.folder import Folder, line_at
from backroad.verifier.repository.languages import Manifest, manifests
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent
from backroad.verifier.wording import count

FLOATING = {
    "Maven": re.compile(r"<version>\s*((?:LATEST|RELEASE|[\[(])[^<]{0,60})</version>"),
    "Gradle": re.compile(r"[\"'][\w.-]{1,100}:[\w.-]{1,100}:((?:[\d.]*\+|latest\.\w+|[\[(])[^\"']{0,60})[\"']"),
    "C#": re.compile(
        r"<PackageReference\b[^>]{0,300}?\bVersion\s*=\s*\"([^\"]{0,40}\*[^\"]{0,40}|[\[(][^\"]{0,60},[^\"]{0,60})\""
    ),
}
PINNED = re.compile(r"(?:===?[^*]*|\s@\s.*)$")
LOOSE = re.compile(r"(?m)^[ \t]*([A-Za-z0-9][\w.-]*(?:\[[^\]\n]*\])?[ \t]*(?:[=<>!~@][^;#\n\\]*)?)")


@rule
def run(folder: Folder) -> list[Sight]:
    """Dependencies are locked to exact versions.

    Without a lock file each install picks the newest versions that fit. The server that goes live is then not the one
    that was tested, and a package that was hijacked an hour ago is in it.

    Fix: commit the lock file of your package manager (`package-lock.json`, `uv.lock`, `go.sum`, `composer.lock`,
    `Gemfile.lock`) and install from it (`npm ci`, `uv sync --locked`); with Maven and Gradle, exact versions.
    """
    found = [one for one in manifests(folder) if one.names]
    if not found:
        absent("there is no manifest with dependencies in the folder")
    return [sight for one in found for sight in judged(folder, one)]


def judged(folder: Folder, one: Manifest) -> list[Sight]:
    if one.lock(folder):
        return []
    if one.language.name == "Python" and pinned_beside(folder, one):
        return []
    pattern = FLOATING.get(one.language.name)
    if pattern is not None:
        places = islice(pattern.finditer(one.text), 100)
        return [Sight(one.path, line_at(one.text, at.start()), "an exact version", f"version {at[1]}") for at in places]
    number = len(one.names)
    got = f"{count(number)} {'dependency' if number == 1 else 'dependencies'} and no lock file"
    expected = f"a lock file such as {one.language.locks[0]}, written by {one.language.command}"
    return [Sight(one.path, min(one.names.values()), expected, got)]


def pinned_beside(folder: Folder, one: Manifest) -> bool:
    """A requirements or constraints file that pins every version with == does as well."""
    names = ("requirements.txt", "constraints.txt", "requirements.lock", "requirements/production.txt")
    paths = [one.folder + name for name in names if folder.has(one.folder + name)]
    return any(folder.readable(path) and all_pinned(folder.text(path)) for path in paths)


def all_pinned(text: str) -> bool:
    lines = [found[1].strip()[:300] for found in LOOSE.finditer(text)]
    return bool(lines) and all(PINNED.search(line) for line in lines)
