from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.languages import LANGUAGES
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent


@rule
def run(folder: Folder) -> list[Sight]:
    """`.gitignore` covers what builds and installs leave behind.

    Installed packages and compiled files are large, differ on every machine, and end in every commit of somebody who
    types `git add .`. Reviews drown in them, and a stale one is run instead of the source.

    Fix: a `.gitignore` with the folders of your language: `node_modules/`, `__pycache__/` and `.venv/`, `vendor/`,
    `target/`, `build/`, `bin/` and `obj/`.
    """
    sights = []
    judged = 0
    for language in LANGUAGES:
        manifest = next(iter(folder.named(language.manifest, aside=False)), None)
        if manifest is None or not language.products:
            continue
        judged += 1
        below = manifest.rpartition("/")[0]
        left = [
            product.rpartition("/")[0] + "/"
            for product in language.products
            if not folder.git.ignores(f"{below}/{product}" if below else product)
        ]
        if left:
            where = ".gitignore" if folder.has(".gitignore") else manifest
            expected = f"patterns for what {language.name} leaves behind"
            sights.append(Sight(where, 1, expected, f"nothing ignores {', '.join(left)}"))
    return sights if judged else absent("there is no manifest of a language that leaves build products behind")
