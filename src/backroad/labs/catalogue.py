"""Every check there is: its claim and advice, the labs that use it, the flaws that show that it works.

`python -m backroad.labs.catalogue` prints docs/checks.md.
"""

import functools
import sys
from collections.abc import Iterable

import msgspec

from backroad.labs.library import LabLibrary
from backroad.verifier.check_file import Check
from backroad.verifier.flaws import read_flaw
from backroad.verifier.lab import shared_checks
from backroad.verifier.repository import load_rules
from backroad.verifier.repository.rule_file import AREA, Rule

HEAD = """# Checks

What Backroad can find, each with why it matters and how to mend it. This page is made from the checks themselves:
`python -m backroad.labs.catalogue > docs/checks.md`.

A check that a lab lists under its own name is that lab's; all others are shared, and judge any backend whose driver
(or OpenAPI document) offers what they need. `backroad explain <id>` prints one of them.
"""
ANY_API = "openapi"
ABOUT_RULES = "These rules read the files of a folder, and run nothing: `backroad prove --repository`."


class Use(msgspec.Struct, frozen=True):
    lab: str
    stage: int
    proves: tuple[str, ...]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    claim: str
    why: str
    fix: str
    needs: tuple[str, ...] = ()
    shared: bool = True  # any lab may use it
    labs: tuple[Use, ...] = ()
    flaws: tuple[str, ...] = ()  # `<lab>/<flaw>`: deliberate mistakes that it must catch

    @property
    def area(self) -> str:
        return self.id.partition(".")[0]

    @property
    def proves(self) -> list[str]:
        """Skills, in any lab."""
        return sorted({skill for use in self.labs for skill in use.proves})


@functools.lru_cache(maxsize=2)
def catalogue(library: LabLibrary) -> list[Entry]:
    """All checks by id: those of the labs, and shared ones that no lab uses yet."""
    checks: dict[str, Check] = dict(shared_checks())
    uses: dict[str, list[Use]] = {}
    flaws: dict[str, list[str]] = {}
    for lab in library.all:
        for item in lab.checks():
            checks[item.id] = item.check
            uses.setdefault(item.id, []).append(Use(lab.slug, item.stage, item.proves))
        for flaw in lab.flaws():
            for check_id in read_flaw(flaw, lab).caught_by:
                flaws.setdefault(check_id, []).append(f"{lab.slug}/{flaw.name}")
    return [
        Entry(
            id=check_id, claim=check.claim, why=check.why, fix=check.fix, needs=check.needs,
            shared=check_id in shared_checks(), labs=tuple(uses.get(check_id, ())),
            flaws=tuple(flaws.get(check_id, ())),
        )
        for check_id, check in sorted(checks.items())
    ]  # fmt: skip


def rules() -> list[Entry]:
    """The rules about the files of a folder, in the same form."""
    return [rule_entry(rule) for rule in load_rules()]


def rule_entry(rule: Rule) -> Entry:
    return Entry(id=rule.id, claim=rule.claim, why=rule.why, fix=rule.fix)


def by_area(entries: Iterable[Entry]) -> dict[str, list[Entry]]:
    areas: dict[str, list[Entry]] = {}
    for entry in entries:
        areas.setdefault(entry.area, []).append(entry)
    return dict(sorted(areas.items(), key=lambda item: (not item[1][0].shared, item[0])))


def all_areas(library: LabLibrary) -> dict[str, list[Entry]]:
    """With the rules about files as the last."""
    return {**by_area(catalogue(library)), AREA: rules()}


def to_markdown(entries: list[Entry]) -> str:
    shared = sum(entry.shared for entry in entries)
    parts = [HEAD, f"{len(entries)} checks, {shared} of them shared, and {len(rules())} rules about files."]
    for area, found in by_area(entries).items():
        kind = "shared" if found[0].shared else "of this lab alone"
        parts += [f"## {area}", f"{len(found)} checks, {kind}.", *map(entry_text, found)]
    parts += [f"## {AREA}", ABOUT_RULES, *map(entry_text, rules())]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def entry_text(entry: Entry) -> str:
    lines = [f"### {entry.id}", f"**{entry.claim}** {entry.why}", f"*Fix:* {entry.fix}"]
    if entry.area == ANY_API:
        lines.append("For any API: `backroad prove --openapi`.")
    if entry.labs:
        labs = ", ".join(f"{use.lab} (stage {use.stage})" for use in entry.labs)
        lines.append(f"Labs: {labs}." + (f" Proves: {', '.join(entry.proves)}." if entry.proves else ""))
    if entry.flaws:
        lines.append(f"Flaws: {', '.join(entry.flaws)}.")
    return "\n\n".join(lines)


if __name__ == "__main__":
    from backroad.kit.paths import labs_dir

    sys.stdout.write(to_markdown(catalogue(LabLibrary(labs_dir()))))
