"""What a learner says of several tokens: a line for each."""

from collections.abc import Sequence

from backroad.drills.tokens.compact import unreadable


def verdicts(text: str, names: Sequence[str], known: Sequence[str]) -> dict[str, str]:
    """`A accept` and `B refuse signature`, a line each."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        name, *verdict = line.replace(":", " ").split()
        said = " ".join(verdict).lower()
        if name not in names:
            raise unreadable(f"There is no token {name[:20]!r}; the tokens are {', '.join(names)}.")
        if name in found:
            raise unreadable(f"Token {name} stands there twice.")
        if said != "accept" and said.removeprefix("refuse ") not in known:
            raise unreadable(f"Token {name}: write `accept`, or `refuse` and one of {', '.join(known)}.")
        found[name] = said if said == "accept" else f"refuse {said.removeprefix('refuse ')}"
    if missing := [name for name in names if name not in found]:
        raise unreadable(f"Nothing is said of token {', '.join(missing)}.")
    return found
