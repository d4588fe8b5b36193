from backroad.verifier.repository.compose import services
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.image import floats
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent


@rule
def run(folder: Folder) -> list[Sight]:
    """Compose services run images of a pinned version.

    With `latest`, a pull can bring the next major version. A database then refuses to start on the old data folder, and
    the way back is a restore.

    Fix: name the version that you tested, at least the major one: `postgres:17`, better `postgres:17.2`.
    """
    images = [one for _, one in services(folder, overrides=True) if not one.built and not one.body.get("image").null]
    if not images:
        absent("no compose service names an image")
    texts = ((one, one.body.get("image")) for one in images)
    return [
        Sight(one.path, image.line, "a tag with a version, or a digest", f"service {one.name}: {image.text} {why}")
        for one, image in texts
        if (why := floats(image.text))
    ]
