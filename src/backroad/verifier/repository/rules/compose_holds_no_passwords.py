from backroad.verifier.repository.compose import services
from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.key_shapes import is_secret_name, is_written_out, url_password
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight

EXPECTED = "a reference such as ${DB_PASSWORD:?}, an env_file, or secrets"


@rule
def run(folder: Folder) -> list[Sight]:
    """Compose files hold no passwords in plain text.

    The file is committed, so the password is known to everybody who ever had the repository. It is also the one that
    production ends up with, because the file worked.

    Fix: write `${DB_PASSWORD:?set it in .env}` and keep the value in an ignored `.env`, or use compose `secrets` and
    the image's `_FILE` variables. A default (`:-postgres`) is a password too.
    """
    return [
        Sight(one.path, line, EXPECTED, f"service {one.name}: {name} {got}")
        for _, one in services(folder, overrides=True)
        for name, value, line in one.environment()
        if (got := told(name, value))
    ]


def told(name: str, value: str) -> str:
    if is_secret_name(name) and is_written_out(value):
        return "is written out"
    return "has a password in its URL" if url_password(value) else ""
