from backroad.verifier.repository.folder import Folder, is_aside, line_at
from backroad.verifier.repository.key_shapes import PRIVATE_KEY
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight


@rule
def run(folder: Folder) -> list[Sight]:
    """No private key is committed.

    With the key of a certificate others can pose as your server; with that of a token issuer they sign themselves any
    identity; with an SSH key they log in. A key cannot be made secret again.

    Fix: make a new key pair, replace the old one wherever it is trusted, keep the new one outside the repository and
    mount it at run time. Keys of tests belong in a folder `fixtures` or `tests`, and nowhere else.
    """
    paths = [path for path in folder.files if not is_aside(path) and folder.git.keeps(path)]
    return [
        Sight(path, line_at(text, found.start()), "keys are kept outside the repository", kind(found[0]))
        for path, text in folder.search(paths)
        if (found := PRIVATE_KEY.search(text)) and has_body(text, found.end())
    ]


def kind(header: str) -> str:
    words = header.strip("-").removeprefix("BEGIN ").partition("PRIVATE KEY")[0].strip()
    return f"a private key ({words})" if words else "a private key"


def has_body(text: str, end: int) -> bool:
    """Programs that read keys name the header too; a key has lines of base64 after it."""
    body = text[end : end + 400].replace("\\n", "\n").strip()
    first = body.splitlines()[0].strip() if body else ""
    base64 = first.startswith(("Proc-Type:", "Version:", "Comment:")) or (
        len(first) >= 40 and all(char.isalnum() or char in "+/=" for char in first[:60])
    )
    return base64 and "..." not in first
