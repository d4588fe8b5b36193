"""Which of a manifest's dependencies its lock file knows, by name."""

import re

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.languages import Manifest, json_object, mapping, toml


def unknown(folder: Folder, manifest: Manifest, lock: str) -> list[str]:
    """Names that are in the manifest and not in the lock file; none where its format is not read."""
    name = lock.rpartition("/")[2]
    if name == "bun.lockb":
        return []
    known = folder.parsed(lock, READERS.get(name, quoted_names))
    if known is None:
        return []
    return [one for one in manifest.names if normal(one) not in known and not local(manifest, one)]


def normal(name: str) -> str:
    """As PEP 503 compares names; harmless for the others, whose two sides are written alike."""
    return re.sub(r"[-_.]+", "-", name).lower()


def local(manifest: Manifest, name: str) -> bool:
    """Replaced by a folder or another module, so that the lock file need not know it."""
    if manifest.language.name == "Go":
        return bool(
            re.search(rf"(?m)^(?:replace|\t){re.escape(name)}\s[^\n]*=>|replace\s+{re.escape(name)}\s", manifest.text)
        )
    return False


def npm_names(text: str, path: str) -> frozenset[str]:
    whole = json_object(text, path)
    packages = mapping(whole, "packages")
    names = {key.rpartition("node_modules/")[2] for key in packages} | set(mapping(whole, "dependencies"))
    return frozenset(map(normal, names))


def composer_names(text: str, path: str) -> frozenset[str]:
    whole = json_object(text, path)
    names = set()
    for section in ("packages", "packages-dev"):
        for one in whole.get(section) or []:
            names |= {str(mapping({"x": one}, "x").get("name", "")), *mapping(one, "replace"), *mapping(one, "provide")}
    return frozenset(map(normal, names))


def toml_names(text: str, path: str) -> frozenset[str]:
    """uv, poetry, pdm and PEP 751."""
    whole = toml(text, path)
    listed = whole.get("package") or whole.get("packages") or []
    tables = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return frozenset(normal(str(one.get("name", ""))) for one in tables)


def pipfile_names(text: str, path: str) -> frozenset[str]:
    whole = json_object(text, path)
    return frozenset(normal(name) for section in ("default", "develop") for name in mapping(whole, section))


def sum_names(text: str, path: str) -> frozenset[str]:
    return frozenset(normal(line.split(" ")[0]) for line in text.splitlines())


def gem_names(text: str, path: str) -> frozenset[str]:
    return frozenset(normal(one[1]) for one in re.finditer(r"(?m)^ {2,6}([\w.-]+)[! ]*(?:\(|$)", text))


def gradle_names(text: str, path: str) -> frozenset[str]:
    return frozenset(normal(":".join(line.split(":")[:2])) for line in text.splitlines())


def nuget_names(text: str, path: str) -> frozenset[str]:
    frameworks = mapping(json_object(text, path), "dependencies")
    return frozenset(normal(name) for names in frameworks.values() for name in mapping({"x": names}, "x"))


def quoted_names(text: str, path: str) -> frozenset[str]:
    """yarn, pnpm and bun: what stands before `@` and `:`, with or without quotes and a leading slash."""
    found = re.finditer(r"(?<![\w@/.-])/?(@[\w.-]{1,100}/[\w.-]{1,100}|[\w][\w.-]{0,100})(?=@|[\"']?:)", text)
    return frozenset(normal(one[1]) for one in found)


READERS = {
    "package-lock.json": npm_names,
    "npm-shrinkwrap.json": npm_names,
    "composer.lock": composer_names,
    "uv.lock": toml_names,
    "poetry.lock": toml_names,
    "pdm.lock": toml_names,
    "pylock.toml": toml_names,
    "Pipfile.lock": pipfile_names,
    "go.sum": sum_names,
    "Gemfile.lock": gem_names,
    "gradle.lockfile": gradle_names,
    "packages.lock.json": nuget_names,
}
