"""Labs in the terminal: list them, take one up, explain a check."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import opened
from backroad.identity.model import LOCAL
from backroad.kit import clock
from backroad.kit.errors import NotFound
from backroad.kit.paths import labs_dir
from backroad.kit.say import plural, say_minutes
from backroad.labs import actions
from backroad.labs.catalogue import ANY_API, catalogue, rules
from backroad.labs.library import LabLibrary
from backroad.labs.model import LabStart
from backroad.verifier.repository.rule_file import AREA


def labs(*, as_json: AsJson = False) -> None:
    """The labs that there are."""
    found = [
        {
            "slug": lab.slug,
            "title": lab.title,
            "summary": lab.summary,
            "level": lab.level,
            "minutes": lab.minutes,
            "stages": len(lab.stages),
            "checks": len(lab.checks()),
            "flaws": len(lab.flaws()),
        }
        for lab in LabLibrary(labs_dir()).all
    ]
    if as_json:
        print_json(found)
        return
    rows = [
        (
            str(lab["slug"]),
            str(lab["level"]),
            say_minutes(float(str(lab["minutes"]))),
            f"{lab['title']}: {lab['summary']}",
        )
        for lab in found
    ]
    print(columns(rows))


def start(
    slug: str,
    *,
    language: Annotated[str, Parameter(help="Which starter to write.")] = "python",
    into: Annotated[Path | None, Parameter(help="The new folder; default: the lab's name, here.")] = None,
    app: Annotated[Path | None, Parameter(help="A finished lab's folder to go on from, for the capstone.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write a folder with the brief, the contract, backroad.toml and a starter that boots."""
    library = LabLibrary(labs_dir())
    lab = library.get(slug)
    folder = (into or Path(slug)).absolute()
    files = actions.build_on(lab, app, folder) if app else actions.scaffold(lab.folder, language, folder)
    with opened() as product:
        taken = LabStart(LOCAL, slug, str(folder), language, clock.now())
        product.db.run_now(lambda tx: actions.take_up(tx, taken))
    if as_json:
        print_json({"lab": slug, "folder": str(folder), "files": files})
        return
    print(f"{lab.title}: {plural(len(files), 'file')} in {folder}")
    if app:
        print(f"  Read {slug}.md; contract.yaml goes on to hold.")
    else:
        print("  Read brief.md, then build what contract.yaml says, in any language.")
    print(f"  cd {folder}\n  backroad prove")


def checks(*, area: str | None = None, as_json: AsJson = False) -> None:
    """Every check there is, with its labs and its flaws; --area shows one area or one lab."""
    found = [entry for entry in catalogue(_library()) if area in (None, entry.area)]
    if not found:
        raise NotFound(f"There is no area called {(area or '')[:80]!r}.", "backroad checks lists all of them.")
    if as_json:
        print_json({"checks": len(found), "shared": sum(entry.shared for entry in found), "entries": found})
        return
    print(columns([(entry.id, entry.claim) for entry in found]))
    print(f"\n{plural(len(found), 'check')}. backroad explain <id> says why it matters and how to fix it.")


def explain(check_id: str, *, as_json: AsJson = False) -> None:
    """What a check claims, why that matters in production, and how to fix it."""
    entry = next((entry for entry in [*catalogue(_library()), *rules()] if entry.id == check_id), None)
    if entry is None:
        raise NotFound(f"There is no check called {check_id[:80]!r}.", "backroad checks lists all of them.")
    if as_json:
        print_json({"id": entry.id, "claim": entry.claim, "why": entry.why, "fix": entry.fix, "proves": entry.proves})
        return
    print(f"{entry.id}\n\n{entry.claim}\n\n{entry.why}\n\nFix: {entry.fix}\n")
    if entry.area == AREA:
        print("Judged with backroad prove --repository.")
        return
    if entry.area == ANY_API:
        print("Judges any API: backroad prove --openapi.")
        return
    where = "; ".join(f"{use.lab}, stage {use.stage}" for use in entry.labs)
    skills = ", ".join(entry.proves) or "no skill by itself"
    print(f"Proves: {skills}. {'Labs' if len(entry.labs) > 1 else 'Lab'}: {where}.")


def _library() -> LabLibrary:
    return LabLibrary(labs_dir())
