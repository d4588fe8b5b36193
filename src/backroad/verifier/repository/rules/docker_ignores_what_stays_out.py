from backroad.verifier.repository.docker import copies_everything, dockerfiles, ignore_file
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.git import covers
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight


@rule
def run(folder: Folder) -> list[Sight]:
    """A build that copies everything leaves out secrets, history and installed packages.

    `COPY . .` takes along what lies around: `.env` with the production password, `.git` with everything that was ever
    deleted, packages built for another system. Whoever can pull the image can read it all.

    Fix: a `.dockerignore` beside the Dockerfile with `.git`, `.env*` and `node_modules` or `.venv`; or `*` and then
    `!src` for what belongs in.
    """
    sights = []
    wanted = {".git/config": ".git", ".env": ".env"}
    if folder.has("package.json"):
        wanted["node_modules/x"] = "node_modules"
    for file in dockerfiles(folder):
        copy = next((one for stage in file.stages for one in stage.instructions if copies_everything(one)), None)
        if copy is None:
            continue
        found = ignore_file(folder, file.path)
        expected = f"a .dockerignore with {', '.join(wanted.values())}"
        if found is None:
            got = f"{copy.name} {copy.text} without a .dockerignore"
            sights.append(Sight(file.path, copy.line, expected, got))
            continue
        left = [name for path, name in wanted.items() if not covers(found[1], path)]
        if left:
            sights.append(Sight(found[0], 1, expected, f"{', '.join(left)} would be copied into the image"))
    return sights
