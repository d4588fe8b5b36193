import re

from backroad.verifier.repository.folder import Folder, is_aside
from backroad.verifier.repository.key_shapes import secrets_in
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight

TESTS = re.compile(
    r"(?i)(?:^|/)test_[^/]*$|[._-](?:test|tests|spec)\.\w+$|tests?\.(?:java|kt|cs|php)$|\.(?:md|rst|adoc)$"
)
LISTS = re.compile(r"(?i)(?:.*[.-]lock(?:\.json|b)?|go\.sum|.*\.(?:svg|map|ipynb|min\.js|min\.css|snap))")


@rule
def run(folder: Folder) -> list[Sight]:
    """No file that git keeps holds a key, token or password.

    Keys of clouds, payment services and AI providers have shapes that bots look for in every public commit; a leaked
    one is used within minutes. In a private repository it is one clone away from the same.

    Fix: replace the key at its provider first, since it counts as known; then read it from the environment. Taking it
    out of the file alone does not take it out of the history.
    """
    paths = [path for path in folder.files if not LISTS.fullmatch(path.rpartition("/")[2]) and folder.git.keeps(path)]
    return [
        Sight(path, secret.line, "read from the environment or a secret store", secret.said)
        for path, text in folder.search(paths)
        for secret in secrets_in(text, certain=is_aside(path) or bool(TESTS.search(path)))
    ]
