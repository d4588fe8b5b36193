from backroad.verifier import Bench, check


@check(control=True)
async def run(bench: Bench) -> None:
    """A Dockerfile builds an image that is pinned, small, without secrets, not root, healthy, and stops when told.

    The image is what runs at night. Built from "latest" it is another one each week; as root, a hole in the program is
    a hole in the machine; with a shell in front, SIGTERM never arrives.

    Fix: each line of the finding names the rule in brackets; backroad explain says what it wants.
    """
    bench.driver.judge_files("a Dockerfile", "docker_")
