from backroad.verifier import Bench, check


@check(control=True)
async def run(bench: Bench) -> None:
    """Every dependency has an exact version in a lock file that fits its manifest.

    "It worked yesterday" is a new release of something that you did not choose. With a lock, the image of today is the
    image of last month, and an upgrade is a commit that can be undone.

    Fix: commit the lock file of your tool, or requirements with exact versions and hashes, and install from that alone.
    """
    bench.driver.judge_files("a manifest with dependencies", "dependencies_are_locked", "lock_file_is_in_step")
