"""Kubernetes manifests: workloads, their pods and containers."""

import msgspec

from backroad.verifier.repository.folder import Folder, parent
from backroad.verifier.repository.sight import absent
from backroad.verifier.repository.yaml_lines import Yaml, read_yaml

LONG_RUNNING = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout")
NONE = "there is no Kubernetes workload in the folder"


class Container(msgspec.Struct, frozen=True):
    name: str
    line: int
    body: Yaml

    @property
    def serves(self) -> bool:
        return bool(self.body.get("ports").items)


class Pod(msgspec.Struct, frozen=True):
    """What a workload runs. `spec` is the pod's."""

    path: str
    kind: str
    name: str
    line: int
    spec: Yaml
    stays: bool  # goes on until it is stopped, unlike a job

    @property
    def label(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind

    def containers(self, *, init: bool = False) -> list[Container]:
        """Those with an image: without one it is a patch of something that is told elsewhere."""
        keys = ("initContainers", "containers") if init else ("containers",)
        bodies = [body for key in keys for body in self.spec.get(key)]
        return [Container(one.get("name").text, one.line, one) for one in bodies if one.has("image")]

    def main(self) -> list[Container]:
        """Containers that do the work: those with ports, or all if none has any."""
        found = self.containers()
        return [one for one in found if one.serves] or found


class Manifest(msgspec.Struct, frozen=True):
    path: str
    body: Yaml

    @property
    def kind(self) -> str:
        return self.body.get("kind").text

    @property
    def name(self) -> str:
        return self.body.get("metadata", "name").text


def manifests(folder: Folder) -> list[Manifest]:
    found: list[Manifest] = []
    for path in folder.named(r".+\.ya?ml", aside=False):
        if is_template(folder, path) or not folder.readable(path) or not looks_like_one(folder.text(path)):
            continue
        for document in folder.parsed(path, read_yaml) or []:
            bodies = document.get("items").items if document.get("kind").text.endswith("List") else [document]
            found += [Manifest(path, body) for body in bodies if body.has("kind") and body.has("apiVersion")]
    return found


def looks_like_one(text: str) -> bool:
    return "apiVersion:" in text and "kind:" in text


def is_template(folder: Folder, path: str) -> bool:
    """Of a Helm chart: no YAML before it is rendered."""
    above = parent(path)
    while above:
        if folder.has(f"{parent(above[:-1])}Chart.yaml") and above.endswith("templates/"):
            return True
        above = parent(above[:-1])
    return False


def pods(folder: Folder) -> list[Pod]:
    """Not run where there is none."""
    found = [pod for manifest in manifests(folder) if (pod := pod_of(manifest)) is not None]
    return found or absent(NONE)


def staying_pods(folder: Folder) -> list[Pod]:
    """Of services and workers, not of jobs; not run where there is none."""
    found = [pod for pod in pods(folder) if pod.stays]
    return found or absent("there are only jobs among the Kubernetes workloads")


def pod_of(manifest: Manifest) -> Pod | None:
    body, kind = manifest.body, manifest.kind
    if kind in LONG_RUNNING:
        spec, stays = body.get("spec", "template", "spec"), True
    elif kind == "Pod":
        spec = body.get("spec")
        stays = spec.get("restartPolicy").text in ("", "Always")
    elif kind == "Job":
        spec, stays = body.get("spec", "template", "spec"), False
    elif kind == "CronJob":
        spec, stays = body.get("spec", "jobTemplate", "spec", "template", "spec"), False
    else:
        return None
    return Pod(manifest.path, kind, manifest.name, body.line, spec, stays) if spec else None
