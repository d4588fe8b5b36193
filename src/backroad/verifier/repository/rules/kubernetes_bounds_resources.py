from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.kubernetes import Container, pods
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight

NEEDED = (("requests", "cpu"), ("requests", "memory"), ("limits", "memory"))


@rule
def run(folder: Folder) -> list[Sight]:
    """Every container requests CPU and memory, and has a memory limit.

    Requests decide on which node a pod fits. Without them nodes are overbooked, and without a limit one leak takes the
    whole node down, with everybody else's pods on it.

    Fix: `resources` with requests of what the container uses on a usual day, and a memory limit of what it needs at
    worst. A CPU limit is a matter of taste: it throttles.
    """
    return [
        Sight(
            pod.path, one.line, "requests for cpu and memory, a limit for memory",
            f"{pod.label}, container {one.name} has no {', no '.join(left)}",
        )
        for pod in pods(folder)
        for one in pod.containers()
        if (left := missing(one))
    ]  # fmt: skip


def missing(one: Container) -> list[str]:
    resources = one.body.get("resources")
    # A limit alone is also the request, says the API.
    return [
        f"{kind[:-1]} for {what}"
        for kind, what in NEEDED
        if not resources.get(kind).has(what) and not (kind == "requests" and resources.get("limits").has(what))
    ]
