import functools
from collections.abc import Callable

from backroad.verifier.repository.compose import compose_files
from backroad.verifier.repository.docker import dockerfiles
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.kubernetes import manifests as kubernetes_manifests
from backroad.verifier.repository.languages import manifests
from backroad.verifier.repository.nginx import nginx_files
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Absent, Sight, absent
from backroad.verifier.repository.workflow import workflows

READERS: tuple[Callable[[Folder], object], ...] = (
    dockerfiles, functools.partial(compose_files, overrides=True), workflows, kubernetes_manifests, nginx_files,
    manifests,
)  # fmt: skip


@rule
def run(folder: Folder) -> list[Sight]:
    """Configuration files have no syntax errors.

    A file that cannot be read is found out when it is used: by a deploy that stops half-way, or by a tool that takes
    the defaults instead and says nothing.

    Fix: mend the line that is named; YAML is picky about indentation, tabs and colons.
    """
    found = False
    for read in READERS:
        try:
            found = bool(read(folder)) or found
        except Absent:
            continue
    mistakes = [trouble for trouble in folder.trouble.values() if trouble.mistake]
    if not found and not folder.trouble:
        absent("there is no configuration file of a known kind in the folder")
    return [Sight(one.path, one.line, "a file without syntax errors", one.why) for one in mistakes]
