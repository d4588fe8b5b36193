"""Compose files: services, what they publish, what they wait for, their environment."""

import posixpath
import re

import msgspec

from backroad.verifier.repository.folder import Folder, parent
from backroad.verifier.repository.image import Image, read_image
from backroad.verifier.repository.sight import absent
from backroad.verifier.repository.yaml_lines import Yaml, first_document

NAME = r"(?:docker-)?compose\.ya?ml"
WITH_OVERRIDES = r"(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml"
SHORT_PORT = re.compile(r"(?:(?P<host>\[[^\]]*\]|[^:\s]*):)??(?:(?P<published>[\d-]*):)?(?P<target>[\d-]+)(?:/\w+)?")
LOOPBACK = re.compile(r"127\.[\d.]+|\[?::1\]?|localhost")


class Port(msgspec.Struct, frozen=True):
    line: int
    host: str  # empty: every interface
    target: str

    @property
    def open(self) -> bool:
        """Reachable from other machines."""
        return not LOOPBACK.fullmatch(self.host) and "$" not in self.host


class Dependency(msgspec.Struct, frozen=True):
    name: str
    line: int
    condition: str  # empty in the short form


class Service:
    def __init__(self, path: str, name: str, line: int, body: Yaml) -> None:
        self.path = path
        self.name = name
        self.line = line
        self.body = body

    @property
    def image(self) -> Image | None:
        return None if self.body.get("image").null else read_image(self.body.get("image").text)

    @property
    def built(self) -> bool:
        return self.body.has("build")

    @property
    def store(self) -> bool:
        return not self.built and self.image is not None and self.image.store

    @property
    def partial(self) -> bool:
        """Told only in part here: the rest is in another file, or in what it extends."""
        return self.body.has("extends") or (not self.built and not self.body.has("image"))

    @property
    def on_request(self) -> bool:
        """Started only by name or profile."""
        return self.body.has("profiles")

    @property
    def checked(self) -> bool:
        health = self.body.get("healthcheck")
        return bool(health) and not health.get("disable").true and health.get("test").text != "NONE"

    @property
    def dockerfile(self) -> str:
        """The path of its Dockerfile below the folder."""
        build = self.body.get("build")
        context = build.text if build.kind == "text" else build.get("context").text or "."
        name = build.get("dockerfile").text or "Dockerfile"
        return posixpath.normpath(posixpath.join(parent(self.path), context, name))

    def ports(self) -> list[Port]:
        return [port for one in self.body.get("ports") if (port := read_port(one)) is not None]

    def dependencies(self) -> list[Dependency]:
        found = self.body.get("depends_on")
        if found.kind == "mapping":
            return [Dependency(name, line, value.get("condition").text) for name, line, value in found.pairs()]
        return [Dependency(one.text, one.line, "") for one in found]

    def environment(self) -> list[tuple[str, str, int]]:
        """Name, value, line. Names without a value come from the shell that starts it."""
        found = self.body.get("environment")
        if found.kind == "mapping":
            return [(name, value.text, line) for name, line, value in found.pairs() if not value.null]
        texts = ((one.text.partition("="), one.line) for one in found)
        return [(name, value, line) for (name, equals, value), line in texts if equals]


class ComposeFile:
    def __init__(self, path: str, document: Yaml) -> None:
        self.path = path
        pairs = document.get("services").pairs()
        self.services = [Service(path, name, line, body) for name, line, body in pairs if body.kind == "mapping"]
        self.named = {one.name: one for one in self.services}
        needs = (need for one in self.services for need in one.dependencies())
        self.completed = {need.name for need in needs if need.condition == "service_completed_successfully"}

    def runs_once(self, service: Service) -> bool:
        """A job: others wait until it has completed, or it is started by hand."""
        return service.on_request or service.name in self.completed


def compose_files(folder: Folder, *, overrides: bool = False) -> list[ComposeFile]:
    paths = folder.named(WITH_OVERRIDES if overrides else NAME, aside=False)
    documents = ((path, folder.parsed(path, first_document)) for path in paths if ".devcontainer/" not in path)
    return [ComposeFile(path, document) for path, document in documents if document]


def services(folder: Folder, *, overrides: bool = False) -> list[tuple[ComposeFile, Service]]:
    """Of all compose files; not run where there is none."""
    found = [(file, service) for file in compose_files(folder, overrides=overrides) for service in file.services]
    return found or absent("there is no compose file with services in the folder")


def read_port(entry: Yaml) -> Port | None:
    if entry.kind == "mapping":
        return Port(entry.line, entry.get("host_ip").text, entry.get("target").text)
    text = entry.text.strip()[:120]
    short = SHORT_PORT.fullmatch(text)
    if short is None:
        return Port(entry.line, "$" if "$" in text.rpartition(":")[0] else "", text) if text else None
    return Port(entry.line, short["host"] or "", short["target"])
