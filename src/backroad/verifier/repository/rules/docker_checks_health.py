from backroad.verifier.repository.compose import compose_files
from backroad.verifier.repository.docker import dockerfiles
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.kubernetes import manifests, pod_of
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Absent, Sight

EXPECTED = "HEALTHCHECK in the last stage, or a probe by what runs the container"


@rule
def run(folder: Folder) -> list[Sight]:
    """Somebody asks the container whether it is well.

    A process can be up and answer nothing: a full pool, a deadlock, a lost database. Without a question that only a
    working server can answer, it stays in the rotation, and nobody restarts it.

    Fix: `HEALTHCHECK CMD` with a request to your health path, or a `healthcheck` in compose, or probes in the manifest.
    """
    files = dockerfiles(folder)
    checked = (service for file in compose_files(folder) for service in file.services if service.checked)
    by_others = probed(folder) | {service.dockerfile for service in checked}
    sights = []
    for file in files:
        health = file.final.last("HEALTHCHECK")
        if "*" in by_others or file.path in by_others:
            continue
        if health is None:
            sights.append(Sight(file.path, file.final.line, EXPECTED, "neither HEALTHCHECK nor a probe"))
        elif health.text.strip().upper() == "NONE":
            sights.append(Sight(file.path, health.line, EXPECTED, "HEALTHCHECK NONE"))
    return sights


def probed(folder: Folder) -> set[str]:
    """A manifest names images and not Dockerfiles: one probe stands for all."""
    try:
        bodies = [one.body for found in manifests(folder) if (pod := pod_of(found)) for one in pod.containers()]
    except Absent:
        return set()
    return {"*"} if any(body.has("readinessProbe") or body.has("livenessProbe") for body in bodies) else set()
