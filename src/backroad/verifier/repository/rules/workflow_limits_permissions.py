from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.workflow import Workflow, workflows

EXPECTED = "permissions that name what the jobs need, such as contents: read"


@rule
def run(folder: Folder) -> list[Sight]:
    """Workflows say which permissions their token has, and take no more than they need.

    Every step, and every package that a step installs, can use the token of its job. In many repositories the default
    may push code and publish releases: one hijacked dependency is enough.

    Fix: `permissions: {contents: read}` at the top of the workflow, and more only for the job that needs it.
    """
    return [sight for flow in workflows(folder) for sight in judged(flow)]


def judged(flow: Workflow) -> list[Sight]:
    wide = [
        body for body in (flow.body, *(job.body for job in flow.jobs)) if body.get("permissions").text == "write-all"
    ]
    sights = [Sight(flow.path, one.line_of("permissions"), EXPECTED, "permissions: write-all") for one in wide]
    if not flow.body.has("permissions"):
        silent = [job for job in flow.jobs if not job.body.has("permissions")]
        sights += [
            Sight(flow.path, job.line, EXPECTED, f"job {job.name} has the default permissions") for job in silent
        ]
    return sights
