from backroad.verifier import Bench, check


@check(control=True)
async def run(bench: Bench) -> None:
    """A workflow runs the tests on every change, with little rights, a time limit and pinned actions, and can fail.

    What is tested when somebody thinks of it is not tested. And the workflow holds the keys to production: an action
    that changes under its tag, or a pull request's title in a script, can take them.

    Fix: each line of the finding names the rule in brackets; backroad explain says what it wants.
    """
    bench.driver.judge_files("a workflow in .github/workflows", "workflow_")
    bench.driver.judge_files("tests in the folder", "tests_exist")
