from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.languages import manifests
from backroad.verifier.repository.locks import unknown
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent


@rule
def run(folder: Folder) -> list[Sight]:
    """The lock file knows every dependency of the manifest.

    A dependency that was added by hand, or whose lock file was not committed, makes `npm ci` and its like stop with an
    error, or lets the installer pick a version that nobody has tested.

    Fix: run your package manager's lock command (`npm install`, `uv lock`, `go mod tidy`) and commit both files
    together.
    """
    found = [(one, lock) for one in manifests(folder) if one.names and (lock := one.lock(folder))]
    if not found:
        absent("there is no lock file with its manifest in the folder")
    return [
        Sight(one.path, one.names[name], f"every name in {lock}", f"{name} is not in {lock}")
        for one, lock in found
        for name in unknown(folder, one, lock)
    ]
