from collections.abc import Iterator

from backroad.verifier.repository.docker import Dockerfile, dockerfiles
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.image import floats
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight


@rule
def run(folder: Folder) -> list[Sight]:
    """Base images are pinned to a version.

    `latest` is another image next month. A build that worked on Friday breaks on Monday without a commit, and nobody
    can build again what runs in production.

    Fix: name a version that says what you tested, such as `node:22.11-slim`, or a digest (`@sha256:…`) that a bot
    renews.
    """
    return [
        Sight(file.path, line, "a tag with a version, or a digest", f"{image} {why}")
        for file in dockerfiles(folder)
        for image, line in images(file)
        if (why := floats(image))
    ]


def images(file: Dockerfile) -> Iterator[tuple[str, int]]:
    """Images of others that the file builds on or copies from."""
    names = {stage.name.lower() for stage in file.stages if stage.name}
    for stage in file.stages:
        if stage.parent is None and stage.base and stage.base.lower() != "scratch":
            yield stage.base, stage.line
        for one in stage.all("COPY"):
            for flag in one.flags:
                source = flag.removeprefix("--from=").strip("\"'")
                if flag.startswith("--from=") and not source.isdigit() and source.lower() not in names:
                    yield source, one.line
