"""No update is lost: of all who change the same version, one succeeds."""

from collections.abc import Hashable

from backroad.verifier.histories.history import History, Operation
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.histories.unique_claim import by_key
from backroad.verifier.wording import count, value


def lost_update(history: History) -> Judgement:
    """Operations: `update` (key, seen, value; the result is the new version), `read` (key; the result is a version).

    `seen` is the version the client had read and built on: an ETag (If-Match), a version number, or for a plain
    register the value itself. `value` is what it wrote; it stands for the new version where the answer names none.
    Versions of one key must not come back: write different values.

    Failed if two updates that happened were built on the same version: the second overwrote the first unseen. That is
    the lost update, P4 of Berenson et al., "A Critique of ANSI SQL Isolation Levels" (1995), and a cycle of one
    write-write and one read-write dependency in Adya's thesis (1999). Failed too if a later read returns a version from
    before an update that was acknowledged. An unknown update happened only where its value was seen by others.
    Unclear if no two updates of one key have a known outcome, one of them a success.
    """
    expected = "of the updates built on one version, one succeeds"
    told = False
    for key, operations in by_key(history, "update", "read").items():
        updates = [one for one in operations if one.kind == "update"]
        happened = updates_that_happened(updates, operations)
        built: dict[Hashable, list[Operation]] = {}
        for one in happened:
            built.setdefault(one.arg("seen"), []).append(one)
        for seen, several in built.items():
            if len(several) > 1:
                got = f"{count(len(several))} updates{of(key)} succeeded that were all built on version {value(seen)}"
                return failed("one update of a version succeeds, the others are refused", got, several)
        gone = undone(history, updates, happened, [one for one in operations if one.kind == "read" and one.ok])
        if gone is not None:
            update, read = gone
            got = f"version {value(read.result)}, older than {value(version(update))}"
            return failed(f"an update{of(key)} that was acknowledged stays", got, gone)
        definite = [one for one in updates if one.ok or not one.possible]
        told = told or (bool(happened) and len(definite) > 1)
    if not told:
        return unclear(expected, "no two updates of one thing have a known outcome, one of them a success")
    return passed(expected, "no version was overwritten unseen")


def of(key: Hashable) -> str:
    return "" if key is None else f" of {value(key)}"


def version(update: Operation) -> Hashable:
    found: Hashable = update.args.get("value") if update.result is None else update.result
    return found


def updates_that_happened(updates: list[Operation], operations: list[Operation]) -> list[Operation]:
    """Those that are ok, and unknown ones whose value, which nobody else wrote, was seen."""
    seen = [(one.result, one.end) for one in operations if one.kind == "read" and one.ok]
    seen += [(one.arg("seen"), one.start) for one in updates]
    written = [one.args.get("value") for one in updates]

    def shown(update: Operation) -> bool:
        wrote = update.args.get("value")
        if wrote is None or written.count(wrote) > 1:
            return False
        return any(what == wrote and when >= update.start for what, when in seen)

    return [one for one in updates if one.ok or (one.possible and shown(one))]


def undone(
    history: History, updates: list[Operation], happened: list[Operation], reads: list[Operation]
) -> tuple[Operation, Operation] | None:
    """An update and a later read that returns what was there before it."""
    makers = {version(one): one for one in happened if version(one) is not None}
    for update in (one for one in happened if one.ok):
        older = ancestors(update, makers)
        for read in reads:
            if read.result in older and history.before(update, read):
                again = (
                    one for one in updates if one.possible and one is not update and not history.before(one, update)
                )
                if not any(version(one) in (None, read.result) for one in again):
                    return update, read
    return None


def ancestors(update: Operation, makers: dict[Hashable, Operation]) -> set[Hashable]:
    """The versions that came before the one it made, as far as they are known."""
    found: set[Hashable] = set()
    current: Operation | None = update
    while current is not None and current.arg("seen") not in found:
        found.add(current.arg("seen"))
        current = makers.get(current.arg("seen"))
    return found - {version(update)}
