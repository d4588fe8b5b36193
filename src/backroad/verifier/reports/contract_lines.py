"""Where in an OpenAPI document an operation stands."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from backroad.verifier.repository.folder import Trouble
from backroad.verifier.repository.yaml_lines import Yaml, first_document
from backroad.verifier.verdict import Finding

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
OPERATION = re.compile(r"\b(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE) (/[^\s?#\"']*)")
LARGEST = 4 << 20  # bytes


class PathItem(msgspec.Struct, frozen=True):
    template: str
    line: int
    methods: dict[str, int]  # method -> line

    def fits(self, path: str) -> int:
        """0 if the path is not one of these; else the more, the less of it is a parameter."""
        wanted, given = self.template.strip("/").split("/"), path.strip("/").split("/")
        if len(wanted) != len(given):
            return 0
        pairs = list(zip(wanted, given, strict=True))
        if not all(same_part(part, value) for part, value in pairs):
            return 0
        return 1 + sum("{" not in part for part in wanted)


class ContractLines:
    def __init__(self, paths: list[PathItem], bases: tuple[str, ...] = ()) -> None:
        self.paths = paths
        self.bases = bases

    @classmethod
    def read(cls, file: Path) -> "ContractLines":
        """Empty where the document cannot be read: a report must not fail for it."""
        try:
            with file.open("rb") as opened:
                document = first_document(opened.read(LARGEST).decode("utf-8-sig", "replace"), file.name)
        except (OSError, Trouble):
            return cls([])
        paths = [
            PathItem(template, line, {method: item.line_of(method) for method in METHODS if item.has(method)})
            for template, line, item in document.get("paths").pairs()
        ]
        return cls(paths, tuple(base for one in document.get("servers") if (base := base_of(one))))

    def find(self, finding: Finding) -> tuple[str, int]:
        """`POST /links` as the contract writes it, and its line; line 1 where nothing fits."""
        method, path = decisive(finding)
        candidates = [path, *(path.removeprefix(base) for base in self.bases if path.startswith(f"{base}/"))]
        fitting = [(one.fits(candidate), one) for candidate in candidates for one in self.paths]
        score, best = max(fitting, key=lambda pair: pair[0], default=(0, None))
        if not score or best is None:
            return (f"{method} of no operation" if method else "no request"), 1
        return f"{method} {best.template}", best.methods.get(method.lower(), best.line)


def decisive(finding: Finding) -> tuple[str, str]:
    """Method and path of the request that the finding speaks of, else of the last one."""
    found = OPERATION.search(finding.sent)
    if found:
        return found[1], found[2]
    if finding.exchanges:
        last = finding.exchanges[-1]
        return last.method, re.split(r"[?#]", last.path, maxsplit=1)[0]
    return "", ""


def same_part(part: str, value: str) -> bool:
    if "{" not in part:
        return part == value
    before, _, rest = part.partition("{")
    after = rest.rpartition("}")[2]
    return len(value) > len(before) + len(after) and value.startswith(before) and value.endswith(after)


def base_of(server: Yaml) -> str:
    try:
        return urlsplit(server.get("url").text).path.rstrip("/")
    except ValueError:
        return ""
