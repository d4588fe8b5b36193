from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.image import floats, read_image
from backroad.verifier.repository.kubernetes import pods
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.yaml_lines import first_document


@rule
def run(folder: Folder) -> list[Sight]:
    """Workloads run images of a pinned version.

    With `latest`, two pods of one deployment can run different programs, depending on when their node pulled. A
    roll-back rolls back to the same tag, that is, to nothing.

    Fix: a tag that your pipeline writes for each build, such as the commit, or a digest.
    """
    chosen = kustomized(folder)
    return [
        Sight(
            pod.path, one.body.line_of("image"), "a tag with a version, or a digest",
            f"{pod.label}, container {one.name}: {image} {why}",
        )
        for pod in pods(folder)
        for one in pod.containers(init=True)
        if (why := floats(image := one.body.get("image").text)) and read_image(image).name not in chosen
    ]  # fmt: skip


def kustomized(folder: Folder) -> set[str]:
    """Images whose tag kustomize sets."""
    files = [folder.parsed(path, first_document) for path in folder.named(r"kustomization\.ya?ml")]
    return {one.get("name").text for file in files if file for one in file.get("images") if one.has("name")}
