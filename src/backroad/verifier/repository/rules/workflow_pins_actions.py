from collections.abc import Iterator

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.image import floats
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.workflow import Workflow, workflows
from backroad.verifier.repository.yaml_lines import Yaml

BRANCHES = frozenset({"main", "master", "develop", "dev", "trunk", "head", "latest", "stable", "nightly"})


@rule
def run(folder: Folder) -> list[Sight]:
    """Actions of others are pinned to a version.

    `@main` is whatever somebody else pushed a minute ago, and it runs with your token and your secrets. Actions have
    been taken over to read both.

    Fix: a version tag (`actions/checkout@v5`); for actions of people you do not know, the full commit hash, which
    nobody can move.
    """
    return [
        Sight(flow.path, uses.line, "a version tag or a commit hash after @", f"{uses.text} {why}")
        for flow in workflows(folder)
        for uses in used(flow)
        if (why := loose(uses.text))
    ]


def used(flow: Workflow) -> Iterator[Yaml]:
    for job in flow.jobs:
        bodies = [job.body, *(step.body for step in job.steps)]
        yield from (body.get("uses") for body in bodies if body.get("uses").kind == "text")


def loose(uses: str) -> str:
    if uses.startswith(("./", "../")) or not uses:
        return ""
    if uses.startswith("docker://"):
        return floats(uses.removeprefix("docker://"))
    _, at, version = uses.partition("@")
    if not at or not version:
        return "names no version"
    return f"is the branch {version}" if version.lower() in BRANCHES or "/" in version else ""
