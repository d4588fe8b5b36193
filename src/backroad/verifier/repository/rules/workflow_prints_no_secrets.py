import re
from collections.abc import Iterator

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.workflow import Job, Step, Workflow, workflows

SECRET = re.compile(r"\$\{\{\s*secrets\.(?!GITHUB_TOKEN\b)(\w+)[^}]*\}\}|\$\{\{\s*secrets\.(GITHUB_TOKEN)\s*\}\}")
PRINTS = re.compile(r"(?:^|[;&|(]|\bthen\b|\bdo\b)\s*(?:echo|printf|Write-Host|Write-Output)\b")
ENCODES = re.compile(r"\|\s*(?:base64|xxd|od|hexdump|rev|tr|sed|cut|fold)\b[^|>]*$")
ELSEWHERE = re.compile(r"[|>]|<<<")
DUMPS = re.compile(r"^\s*(?:printenv|env|export\s+-p|set)\s*$")
CALLED = r"\$(?:\{%s\b[^}]*\}|%s\b)|\$env:%s\b"


@rule
def run(folder: Folder) -> list[Sight]:
    """No step prints a secret.

    Logs of a public repository are public, and those of a private one are read by more people than its secrets are
    meant for. The mask that hides a secret fails as soon as it is encoded, cut or part of another text.

    Fix: hand the secret to the program that needs it, in the environment or through a pipe; to see whether it is there,
    print its length.
    """
    return [
        Sight(flow.path, number, "secrets go to programs, never to the log", f"job {job.name} {got}")
        for flow in workflows(folder)
        for job, step in flow.steps()
        for number, got in told(flow, job, step)
    ]


def told(flow: Workflow, job: Job, step: Step) -> Iterator[tuple[int, str]]:
    named = {
        name[:100]: found[1] or found[2]
        for body in (flow.body, job.body, step.body)
        for name, _, value in body.get("env").pairs()[:50]
        if (found := SECRET.search(value.text[:500]))
    }
    for number, line in step.lines():
        if named and DUMPS.match(line):
            yield number, f"prints its environment, with {', '.join(named.values())} in it"
        elif "::add-mask::" in line:
            continue
        elif PRINTS.search(line) and (printed := secret_in(line, named)):
            rest = line[PRINTS.search(line).end() :]  # type: ignore[union-attr]
            if not ELSEWHERE.search(SECRET.sub("", rest)):
                yield number, f"prints the secret {printed}"
            elif ENCODES.search(line):
                yield number, f"prints the secret {printed}, encoded"


def secret_in(line: str, named: dict[str, str]) -> str:
    found = SECRET.search(line)
    if found:
        return found[1] or found[2]
    called = (secret for name, secret in named.items() if re.search(CALLED.replace("%s", re.escape(name)), line))
    return next(called, "")
