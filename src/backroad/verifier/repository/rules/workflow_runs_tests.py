import re

from backroad.verifier.repository.folder import Folder, lines_of
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.repository.workflow import Job, Step, Workflow, workflows
from backroad.verifier.verdict import unclear

TESTS = re.compile(
    r"(?x) (?<!\w)(?: (?:npm|pnpm|yarn|bun|composer)\s+(?:(?:run|run-script|exec)\s+)?(?:test|t|check|ci:test)\b"
    r"| jest | vitest | mocha | node\s+--test | playwright\s+test | pytest | tox | nox | phpunit | rspec | gotestsum"
    r"| -m\s+unittest | manage\.py\s+test | artisan\s+test | go\s+test | hatch\s+(?:run\s+)?test | dotnet\s+test"
    r"| cargo\s+(?:nextest|test) | rails\s+test | rake\s+(?:test|spec)"
    r"| (?:mvn|mvnw)\b[^;&|]*\s(?:test|verify|package|install) | (?:gradle|gradlew)\b[^;&|]*\s(?:test|check|build)"
    r"| (?:make|just|task)\s+(?:\S+\s+){0,5}(?:test|tests|check|verify|ci) | backroad\s+prove )\b"
)
SCRIPT = re.compile(r"(?:\b(?:ba|z|da)?sh\s+|(?:^|[\s;&|])\./)([\w./-]{1,200})|^\s*(?:run:\s*)?([\w./-]+\.sh)\b")
FORGIVEN = re.compile(r"\|\|\s*(?:true|:|exit\s+0|echo\b)")
EVENTS = frozenset({"push", "pull_request", "pull_request_target", "merge_group", "workflow_call"})
EXPECTED = "a step that runs the tests, on push or pull request, and fails with them"


@rule
def run(folder: Folder) -> list[Sight]:
    """The workflow runs the tests, and a failed test fails it.

    Tests that only run when somebody thinks of it stop working within weeks. In the workflow they judge every change
    before it reaches the main branch.

    Fix: a step with your test command (`npm test`, `pytest`, `go test ./...`) in a workflow on `pull_request`, without
    `|| true` and without `continue-on-error`.
    """
    every = workflows(folder)
    found = [one for one in every if one.triggers & EVENTS or not one.triggers]
    scripts = Scripts(folder)
    tests = [
        (flow, job, step, number, line)
        for flow in found
        for job, step in flow.steps()
        for number, line in step.lines()
        if TESTS.search(line.partition("#")[0]) or scripts.test(line)
    ]
    if tests:
        sights = [forgiven(*one) for one in tests]
        return [] if None in sights else [one for one in sights if one is not None]
    called = [uses for flow in found for job in flow.jobs for uses in uses_of(job) if elsewhere(uses)]
    if called:
        unclear(f"the tests may run in {called[0]}, which is not in the folder")
    first = (found or every)[0]
    on = "" if found else " on push or pull request"
    return [Sight(first.path, first.body.line_of("jobs"), EXPECTED, f"no step of any workflow runs tests{on}")]


class Scripts:
    """The folder's own scripts that a line of a workflow runs."""

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.known: dict[str, bool] = {}

    def test(self, line: str) -> bool:
        paths = ((found[1] or found[2]).removeprefix("./") for found in SCRIPT.finditer(line))
        return any(self.one(path) for path in paths)

    def one(self, path: str) -> bool:
        if path not in self.known:
            read = self.folder.has(path) and self.folder.readable(path)
            lines = lines_of(self.folder.text(path)) if read else ()
            self.known[path] = any(TESTS.search(line.partition("#")[0]) for _, line in lines)
        return self.known[path]


def forgiven(flow: Workflow, job: Job, step: Step, number: int, line: str) -> Sight | None:
    if FORGIVEN.search(line):
        return Sight(flow.path, number, EXPECTED, f"job {job.name}: {line.strip()}, which succeeds either way")
    for body in (step.body, job.body):
        if body.get("continue-on-error").true:
            where = body.line_of("continue-on-error")
            return Sight(flow.path, where, EXPECTED, f"job {job.name}: the tests run with continue-on-error: true")
    return None


def uses_of(job: Job) -> list[str]:
    return [job.uses] if job.uses else [step.uses for step in job.steps if step.uses.startswith("./")]


def elsewhere(uses: str) -> bool:
    """A called workflow, or an action of the folder, whose steps are not looked into."""
    return not uses.startswith("./.github/workflows/")
