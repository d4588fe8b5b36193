import re

from backroad.verifier.repository.docker import Instruction, Stage, copies_everything, dockerfiles
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

END = r"(?=\s*(?:$|[;&|\n]|-(?!g\b|-global\b)))"
INSTALLS = re.compile(
    rf"\bnpm\s+(?:ci|install|i)\b{END}|\byarn(?:\s+install)?\b{END}|\b(?:pnpm|bun)\s+(?:install|i|fetch)\b{END}"
    r"|\bpip3?\s+install\b[^;&|\n]*\s(?:-r|--requirement)\b|\bpoetry\s+install\b|\buv\s+sync\b|\bpdm\s+(?:install|sync)\b"
    r"|\bpipenv\s+(?:install|sync)\b|\bgo\s+mod\s+download\b|\bcomposer\s+install\b|\bbundle\s+install\b"
    r"|\bdotnet\s+restore\b|\bmvnw?\b[^;&|\n]*\bdependency:|\bgradlew?\b[^;&|\n]*\bdependencies\b|\bcargo\s+(?:fetch|chef)\b"
)
BUILDS = re.compile(
    r"\bgo\s+(?:build|install)\b|\bmvnw?\b[^;&|\n]*\b(?:package|install|verify)\b|\bdotnet\s+(?:publish|build)\b"
    r"|\bgradlew?\b[^;&|\n]*\b(?:build|assemble|bootJar|installDist)\b"
)


@rule
def run(folder: Folder) -> list[Sight]:
    """Dependencies are installed before the source is copied.

    A layer is built again when anything before it changed. With the source first, every changed line downloads all
    dependencies again: builds take minutes instead of seconds, and fail whenever a registry does.

    Fix: COPY the manifest and the lock file, install, and only then `COPY . .`; or keep downloads in a cache mount
    (`RUN --mount=type=cache`).
    """
    steps = [(file.path, stage) for file in dockerfiles(folder) for stage in file.stages if installing(stage)]
    if not steps:
        absent("no Dockerfile of the folder installs dependencies")
    expected = "the source is copied after the dependencies are installed"
    sights = []
    for path, stage in steps:
        copy, install = next((one for one in stage.instructions if copies_everything(one)), None), installing(stage)
        if copy and install and copy.line < install.line and not cached(install):
            command = searched(INSTALLS, install) or searched(BUILDS, install)
            got = f"{copy.name} {copy.text} in line {copy.line}, before {command}"
            sights.append(Sight(path, install.line, expected, got))
    return sights


def installing(stage: Stage) -> Instruction | None:
    """The first RUN that downloads dependencies: by itself, else as part of a build."""
    runs = stage.all("RUN")
    return next((one for kind in (INSTALLS, BUILDS) for one in runs if searched(kind, one)), None)


def searched(kind: re.Pattern[str], one: Instruction) -> str:
    found = next((match for text in one.commands if (match := kind.search(text))), None)
    return " ".join(found[0].split()) if found else ""


def cached(install: Instruction) -> bool:
    return any(flag.startswith("--mount=") and "cache" in flag for flag in install.flags)
