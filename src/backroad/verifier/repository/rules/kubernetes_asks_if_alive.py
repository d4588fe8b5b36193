from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.kubernetes import staying_pods
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight


@rule
def run(folder: Folder) -> list[Sight]:
    """Every service and worker has a liveness probe.

    A process that is deadlocked or out of threads does not exit, and Kubernetes only restarts what exits. Only a
    question from outside finds out.

    Fix: `livenessProbe` on a path that does no work and asks no database (else one slow database restarts everything);
    a `startupProbe` if starting takes long.
    """
    return [
        Sight(pod.path, one.line, "a livenessProbe", f"{pod.label}, container {one.name} has none")
        for pod in staying_pods(folder)
        for one in pod.main()
        if not one.body.has("livenessProbe")
    ]
