from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.workflow import Job, workflows


@rule
def run(folder: Folder) -> list[Sight]:
    """Every job of a workflow has a time limit.

    A test that waits for an answer that never comes holds its job for six hours, the default. It burns paid minutes,
    and the changes behind it wait.

    Fix: `timeout-minutes` on each job, two or three times what it usually takes.
    """
    return [
        Sight(flow.path, job.line, "timeout-minutes", f"job {job.name} may run for the default of 6 hours")
        for flow in workflows(folder)
        for job in flow.jobs
        if not (job.uses or limited(job))
    ]


def limited(job: Job) -> bool:
    return job.body.has("timeout-minutes") or all(step.body.has("timeout-minutes") for step in job.steps)
