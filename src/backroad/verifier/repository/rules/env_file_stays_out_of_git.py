import re

from backroad.verifier.repository.folder import Folder, parent
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

NAME = r"\.env(?:\.[\w-]+)*"
HARMLESS = re.compile(
    r"(?i)\.(?:example|sample|template|dist|defaults?|schema|vault|test|testing|ci|dev|development)\b"
)


@rule
def run(folder: Folder) -> list[Sight]:
    """`.env` files stay out of git.

    Git forgets nothing: a file that was committed once is in every clone, and deleting it later does not take it out of
    the history. Bots read new public commits within a minute.

    Fix: `.env*` and `!.env.example` in `.gitignore`; if it is tracked, `git rm --cached .env`, and replace every secret
    that was in it.
    """
    files = [path for path in folder.named(NAME) if not harmless(folder, path)]
    if not files:
        absent("there is no .env file in the folder")
    sights = []
    for path in files:
        if path in (folder.git.tracked or ()):
            sights.append(Sight(path, 1, "ignored, and not tracked", "is tracked by git"))
        elif not folder.git.ignores(path):
            sights.append(Sight(path, 1, "ignored by a pattern of .gitignore", "no pattern ignores it"))
    return sights


def harmless(folder: Folder, path: str) -> bool:
    """Meant to be committed: examples, and the .env of Symfony, whose secrets are in .env.local."""
    name = path.rpartition("/")[2]
    return bool(HARMLESS.search(name)) or (name == ".env" and folder.has(f"{parent(path)}symfony.lock"))
