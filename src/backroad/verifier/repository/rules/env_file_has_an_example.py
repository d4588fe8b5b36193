import re
from itertools import islice

from backroad.verifier.repository.folder import Folder, parent
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight, absent

EXAMPLE = r"\.?env[._-](?:example|sample|template|dist)|(?:example|sample|template)\.env|\.env\.defaults?"
ENTRY = re.compile(r"(?m)^[ \t]*(?:#[ \t]*)?(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=")
OWN = re.compile(r"(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.]*)[ \t]*=")


@rule
def run(folder: Folder) -> list[Sight]:
    """An example says which settings `.env` needs.

    `.env` is not in the repository, so the next person, and the next server, start without it and meet one error after
    the other. The example is the list of what must be set.

    Fix: commit `.env.example` with every name of `.env` and harmless values.
    """
    files = [path for path in folder.named(r"\.env")[:20] if folder.readable(path)]
    if not files:
        absent("there is no .env file in the folder")
    return [sight for path in files for sight in judged(folder, path)]


def judged(folder: Folder, path: str) -> list[Sight]:
    examples = [one for one in folder.named(EXAMPLE) if parent(one) in (parent(path), "") and folder.readable(one)]
    expected = "a committed .env.example with the same names"
    if not examples:
        return [Sight(path, 1, expected, "there is no example beside it")]
    told = {name for one in examples for name in ENTRY.findall(folder.text(one))}
    text = folder.text(path)
    return [
        Sight(path, text.count("\n", 0, found.start(1)) + 1, expected, f"{found[1]} is not in {examples[0]}")
        for found in islice((one for one in OWN.finditer(text) if one[1] not in told), 100)
    ]
