from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.kubernetes import staying_pods
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent


@rule
def run(folder: Folder) -> list[Sight]:
    """Every container that serves a port has a readiness probe.

    Without one a pod gets requests from the moment its process starts, before the server listens, and keeps getting
    them when it has lost its database. Each deploy then costs some users an error.

    Fix: `readinessProbe` with `httpGet` on a path that answers 200 only when the server can do its work.
    """
    serving = [(pod, one) for pod in staying_pods(folder) for one in pod.containers() if one.serves]
    if not serving:
        absent("no container of the Kubernetes workloads names a port")
    return [
        Sight(pod.path, one.line, "a readinessProbe", f"{pod.label}, container {one.name} has none")
        for pod, one in serving
        if not one.body.has("readinessProbe")
    ]
