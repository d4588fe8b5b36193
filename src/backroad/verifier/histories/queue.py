"""A queue: each job is done, and done once."""

from collections.abc import Hashable

from backroad.verifier.histories.history import History, Operation
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.wording import count, value


def queue(history: History, *, drained: bool = True) -> Judgement:
    """Operations: `enqueue` (job), `done` (job): one effect of the job, seen from outside.

    Failed if a job was done twice, if one was done that was refused or never sent, or if one that was accepted was not
    done although the queue has `drained`. An enqueue with unknown outcome may be done once or not at all; a `done` with
    unknown outcome may stand for the job. Unclear if nothing was accepted, or something accepted is still to be done.
    """
    expected = "each accepted job done once"
    effects: dict[Hashable, list[Operation]] = {}
    for one in history.of("done"):
        effects.setdefault(one.arg("job"), []).append(one)
    sent: dict[Hashable, list[Operation]] = {}
    for one in history.operations:
        if one.kind == "enqueue":
            sent.setdefault(one.arg("job"), []).append(one)
    for job, done in effects.items():
        seen = [one for one in done if one.ok]
        if len(seen) > 1:
            return failed(expected, f"job {value(job)} done {count(len(seen))} times", (*sent.get(job, ()), *seen))
        if seen and not any(one.possible and one.start <= seen[0].end for one in sent.get(job, ())):
            why = "was refused" if job in sent else "nobody sent"
            return failed(expected, f"job {value(job)} done, which {why}", (*sent.get(job, ()), *seen))
    accepted = {job: tries for job, tries in sent.items() if any(one.ok for one in tries)}
    missing = [job for job in accepted if job not in effects]
    if missing and drained:
        named = ", ".join(map(value, missing[:3])) + (" …" if len(missing) > 3 else "")
        got = f"{count(len(missing))} of {count(len(accepted))} never done: {named}"
        return failed(expected, got, [one for job in missing for one in accepted[job]])
    if missing:
        return unclear(expected, f"{count(len(missing))} of {count(len(accepted))} not done yet")
    if not accepted:
        return unclear(expected, "no job was certainly accepted")
    return passed(expected, f"{count(len(accepted))} accepted, each done once")
