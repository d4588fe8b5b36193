from collections.abc import Iterator

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.kubernetes import Pod, pods
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.yaml_lines import Yaml

EXPECTED = "runAsNonRoot: true in the securityContext of the pod or of every container"


@rule
def run(folder: Folder) -> list[Sight]:
    """Pods refuse to run as root.

    The image decides as whom a container runs, and the next image may decide otherwise. `runAsNonRoot` makes the
    cluster refuse a container that would be root, before it starts.

    Fix: `securityContext: {runAsNonRoot: true}` in the pod's spec; best with `allowPrivilegeEscalation: false` and
    `capabilities: {drop: [ALL]}` in each container.
    """
    return [Sight(pod.path, line, EXPECTED, f"{pod.label}{got}") for pod in pods(folder) for line, got in roots(pod)]


def roots(pod: Pod) -> Iterator[tuple[int, str]]:
    outer = pod.spec.get("securityContext")
    for one in pod.containers():
        own = one.body.get("securityContext")
        where = f", container {one.name}"
        if own.get("privileged").true:
            yield own.line_of("privileged"), f"{where} is privileged"
        elif own.has("runAsNonRoot") or own.has("runAsUser"):
            if not safe(own) and not (safe(outer) and not own.has("runAsNonRoot") and own.get("runAsUser").number != 0):
                yield own.line, f"{where} may run as root"
        elif not safe(outer):
            yield one.line, f"{where} does not say runAsNonRoot"


def safe(context: Yaml) -> bool:
    user = context.get("runAsUser").number
    return context.get("runAsNonRoot").true or (user is not None and user > 0)
