import re

from backroad.verifier.repository.docker import Stage, dockerfiles, given, start_script, substituted
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight

EXPECTED = "USER names somebody other than root in the last stage"
BASES = re.compile(r"(?i)nonroot|rootless|unprivileged|chainguard/|^(?:docker\.io/)?bitnami/")
DROPS = re.compile(r"\b(?:gosu|su-exec|setpriv|runuser)\b")


@rule
def run(folder: Folder) -> list[Sight]:
    """The container's process does not run as root.

    Who breaks into a process has its rights. As root inside a container they can install tools, rewrite the program and
    use every hole of the kernel; as an ordinary user they are left with what the program itself may do.

    Fix: create a user in the last stage (`RUN useradd --system app`) and switch to it with `USER app` before CMD; give
    it only the folders that it must write to.
    """
    sights = []
    for file in dockerfiles(folder):
        stage = file.final
        script = start_script(folder, stage)
        if script is not None and DROPS.search(script[1]):
            continue
        user = stage.last("USER")
        if user is None:
            if not BASES.search(stage.image):
                sights.append(Sight(file.path, stage.line, EXPECTED, "no USER in the last stage, so it runs as root"))
        elif name_of(stage, user.text) in ("root", "0"):
            sights.append(Sight(file.path, user.line, EXPECTED, f"USER {user.text}"))
    return sights


def name_of(stage: Stage, text: str) -> str:
    return substituted(text.strip("\"'"), given(stage.instructions, {})).partition(":")[0].strip()
