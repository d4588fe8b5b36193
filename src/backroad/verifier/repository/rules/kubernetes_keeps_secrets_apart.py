import base64
import binascii
from collections.abc import Iterator

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.key_shapes import is_placeholder, is_secret_name, is_written_out, url_password
from backroad.verifier.repository.kubernetes import NONE, Manifest, manifests, pod_of
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

EXPECTED = "a Secret that is made outside the repository, referred to by secretKeyRef"


@rule
def run(folder: Folder) -> list[Sight]:
    """Manifests hold no secrets, neither in ConfigMaps nor in the environment nor in committed Secrets.

    Everybody with `get configmaps` reads a ConfigMap, and `kubectl describe` prints the environment. A Secret in the
    repository is only base64: whoever has the repository has the password.

    Fix: create the Secret in the cluster, or commit it sealed or encrypted (Sealed Secrets, SOPS, an external store),
    and refer to it with `secretKeyRef` or `envFrom`.
    """
    found = manifests(folder)
    if not found:
        absent(NONE)
    return [Sight(one.path, line, EXPECTED, got) for one in found for line, got in told(one)]


def told(one: Manifest) -> Iterator[tuple[int, str]]:
    """What a manifest gives away; never its value."""
    if one.kind == "ConfigMap":
        for name, line, value in one.body.get("data").pairs():
            if got := shown(name, value.text):
                yield line, f"ConfigMap {one.name}: {name} {got}"
    elif one.kind == "Secret" and not one.body.has("sops"):
        for key in ("stringData", "data"):
            for name, line, value in one.body.get(key).pairs():
                text = decoded(value.text) if key == "data" else value.text
                if is_written_out(text) and not is_placeholder(text):
                    yield line, f"Secret {one.name}: {name} is committed"
    pod = pod_of(one)
    for container in pod.containers(init=True) if pod else []:
        for entry in container.body.get("env"):
            name, given = entry.get("name").text, entry.get("value").text
            if got := shown(name, given):
                yield entry.line, f"{one.kind} {one.name}, container {container.name}: {name} {got}"


def shown(name: str, value: str) -> str:
    if is_secret_name(name) and is_written_out(value):
        return "is written out"
    return "has a password in its URL" if url_password(value) else ""


def decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (ValueError, binascii.Error):
        return text
