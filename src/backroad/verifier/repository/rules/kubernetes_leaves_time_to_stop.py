import re

from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.kubernetes import Pod, staying_pods
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight

DEFAULT = 30
SHORTEST, LONGEST = 5, 600
SLEEP = re.compile(r"\bsleep\s+(\d{1,6})\b")


@rule
def run(folder: Folder) -> list[Sight]:
    """Pods have time to finish their requests when they are stopped.

    Between SIGTERM and SIGKILL lies `terminationGracePeriodSeconds`, and a preStop hook uses it up too. With too
    little, every deploy cuts requests off; with hours, a pod that hangs blocks every drain of its node.

    Fix: 30 seconds (the default) or what your slowest request needs, and a preStop sleep well below it.
    """
    return [
        Sight(pod.path, line, f"{SHORTEST} to {LONGEST} seconds, more than preStop sleeps", f"{pod.label}: {got}")
        for pod in staying_pods(folder)
        for line, got in judged(pod)
    ]


def judged(pod: Pod) -> list[tuple[int, str]]:
    given = pod.spec.get("terminationGracePeriodSeconds")
    grace = given.number if given.number is not None else DEFAULT
    if not SHORTEST <= grace <= LONGEST:
        return [(given.line, f"terminationGracePeriodSeconds is {given.text}")]
    found = []
    for one in pod.containers():
        hook = one.body.get("lifecycle", "preStop")
        seconds = hook.get("sleep", "seconds").number
        words = " ".join(word.text for word in hook.get("exec", "command"))
        slept = SLEEP.search(words)
        seconds = float(slept[1]) if slept else seconds
        if seconds is not None and seconds >= grace:
            found.append((hook.line, f"preStop sleeps {seconds:.0f} s of the {grace:.0f} s that there are"))
    return found
