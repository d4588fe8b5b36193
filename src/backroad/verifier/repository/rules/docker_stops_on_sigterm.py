import re

from backroad.verifier.repository.docker import Instruction, dockerfiles, start_script
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

EXPECTED = 'the exec form, such as CMD ["node", "server.js"], so that the server itself gets SIGTERM'
HANDS_OVER = re.compile(r"(?m)(?:^|[;&|]|\bthen\b|\belse\b)[ \t]{0,80}exec\s|\btrap\b")
SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})


@rule
def run(folder: Folder) -> list[Sight]:
    """SIGTERM reaches the server, not a shell in front of it.

    A deploy sends SIGTERM to the first process of the container. In the shell form that is `/bin/sh -c`, which may keep
    it to itself: the server learns nothing, requests are cut off by SIGKILL ten or thirty seconds later.

    Fix: write CMD and ENTRYPOINT as a JSON array; end a start script with `exec` and the server's command.
    """
    sights = []
    commands = []
    for file in dockerfiles(folder):
        entry, command = file.final.last("ENTRYPOINT"), file.final.last("CMD")
        judged = [one for one in (entry, command) if one is not None]
        if entry is not None and not entry.exec_form:
            judged = [entry]  # docker ignores CMD then
        commands += judged
        sights += [Sight(file.path, one.line, EXPECTED, f"{one.name} {one.text}") for one in judged if keeps(one)]
        script = start_script(folder, file.final)
        if script is not None and not HANDS_OVER.search(script[1]):
            got = "the start script neither ends in exec nor traps SIGTERM"
            sights.append(Sight(script[0], script[1].count("\n") or 1, "exec in front of the server's command", got))
    return sights if commands else absent("the Dockerfile leaves CMD and ENTRYPOINT to its base image")


def keeps(one: Instruction) -> bool:
    """A shell stands in front of the server and does not hand over to it."""
    words = one.exec_form
    if not words:
        return one.text not in ("", "[]") and not HANDS_OVER.search(one.text)
    if len(words) > 2 and words[0].rpartition("/")[2] in SHELLS and words[1].startswith("-") and words[1].endswith("c"):
        return not HANDS_OVER.search(words[2])
    return False
