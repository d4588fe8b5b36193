import re

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.workflow import script_lines, workflows

FOREIGN = re.compile(
    r"\$\{\{[^}]{0,200}?\b(github\.(?:head_ref|event\.(?:issue\.(?:title|body)|pull_request\.(?:title|body"
    r"|head\.(?:ref|label|repo\.\w+))|comment\.body|review\.body|review_comment\.body|discussion\.(?:title|body)"
    r"|head_commit\.(?:message|author\.\w+)|commits\b[^}\s]{0,60}|pages\b[^}\s]{0,60}|workflow_run\.head_branch)))"
)


@rule
def run(folder: Folder) -> list[Sight]:
    """No script contains text that strangers write.

    `${{ }}` is replaced before the shell reads the line. A pull request whose title is `"; curl … | sh; "` then runs on
    your runner, with your token. Branch names and commit messages are such texts too.

    Fix: hand the text over as an environment variable (`env: {TITLE: ${{ github.event.pull_request.title }}}`) and use
    `"$TITLE"` in the script.
    """
    return [
        Sight(flow.path, number, "the text comes in by env", f"job {job.name} has {found[1]} in its script")
        for flow in workflows(folder)
        for job, step in flow.steps()
        for script in (step.body.get("run"), step.body.get("with", "script"))
        for number, line in script_lines(script)
        if (found := FOREIGN.search(line))
    ]
