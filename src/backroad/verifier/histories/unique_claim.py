"""One name, one owner: of all who claim it, one gets it."""

from collections.abc import Hashable, Iterable
from typing import Any

from backroad.verifier.histories.history import History, Operation
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.wording import count, value


def unique_claim(history: History, *, someone: bool = True) -> Judgement:
    """Operations: `claim` (key, and owner, which is the process if left out), `read` (key; the result is the owner).

    A claim that is ok got the key, one that failed was refused; there is no release. Failed if two owners got one key,
    if a reader saw an owner who did not get it or saw it change, and, with `someone`, if all were refused. A claim with
    unknown outcome may have got the key: it makes an owner only where a reader saw it.
    Unclear if no key has been read, or claimed by two with a known outcome.
    """
    expected = "one owner for each key, however many claim it"
    told = False
    for key, operations in by_key(history, "claim", "read").items():
        claims = [one for one in operations if one.kind == "claim"]
        reads = [one for one in operations if one.kind == "read" and one.ok]
        judged = two_owners(key, claims) or wrong_reader(history, key, claims, reads)
        if judged is None and someone and claims and not any(one.possible for one in claims):
            judged = f"no owner of {value(key)}: all {count(len(claims))} were refused", claims
        if judged is not None:
            return failed(f"one owner of {value(key)}", *judged)
        definite = {owner(one) for one in claims if one.ok or not one.possible}
        told = told or len(definite) > 1 or bool(reads and claims)
    if not told:
        return unclear(expected, "no key was read, or claimed by two whose outcome is known")
    return passed(expected, "one owner for each key")


Fault = tuple[str, Iterable[Operation]]


def two_owners(key: Hashable, claims: list[Operation]) -> Fault | None:
    winners = {owner(one): one for one in claims if one.ok}
    if len(winners) < 2:
        return None
    named = ", ".join(value(name) for name in winners)
    return f"{count(len(winners))} owners of {value(key)}: {named}", winners.values()


def wrong_reader(history: History, key: Hashable, claims: list[Operation], reads: list[Operation]) -> Fault | None:
    winner = next((one for one in claims if one.ok), None)
    seen: Operation | None = None
    for read in reads:
        if read.result is None:
            if seen is not None and history.before(seen, read):
                return f"{value(key)} without an owner after it had one", (seen, read)
            if winner is not None and history.before(winner, read):
                return f"{value(key)} without an owner after {value(owner(winner))} had got it", (winner, read)
            continue
        if not any(owner(one) == read.result and one.possible and one.start <= read.end for one in claims):
            refused = [one for one in claims if owner(one) == read.result and not one.possible]
            why = "was refused" if refused else "never claimed it"
            return f"{value(key)} owned by {value(read.result)}, who {why}", (*refused, read)
        if winner is not None and owner(winner) != read.result:
            got = f"{value(key)} given to {value(owner(winner))} and owned by {value(read.result)}"
            return got, (winner, read)
        if seen is not None and seen.result != read.result:
            return f"two owners of {value(key)}: {value(seen.result)}, {value(read.result)}", (seen, read)
        if seen is None or read.end < seen.end:
            seen = read
    return None


def owner(claim: Operation) -> Any:
    return claim.args.get("owner", claim.process)


def by_key(history: History, *kinds: str) -> dict[Hashable, list[Operation]]:
    """Operations of these kinds, also failed ones, by their argument `key`; None where there is one thing only."""
    found: dict[Hashable, list[Operation]] = {}
    for one in history.operations:
        if one.kind in kinds:
            found.setdefault(one.args.get("key"), []).append(one)
    return found
