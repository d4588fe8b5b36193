"""Labs in the terminal: list them, take one up, explain a check."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from backroad.accounts.model import LOCAL
from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import opened
from backroad.kit import clock
from backroad.kit.errors import NotFound
from backroad.kit.paths import labs_dir
from backroad.kit.say import plural, say_minutes
from backroad.labs import actions
from backroad.labs.library import LabLibrary
from backroad.labs.model import LabStart
from backroad.verifier.check_file import Check
from backroad.verifier.repository.rule_file import Rule


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
    as_json: AsJson = False,
) -> None:
    """Write a folder with the brief, the contract, backroad.toml and a starter that boots."""
    library = LabLibrary(labs_dir())
    lab = library.get(slug)
    folder = (into or Path(slug)).absolute()
    files = actions.scaffold(lab.folder, language, folder)
    with opened() as product:
        taken = LabStart(LOCAL, slug, str(folder), language, clock.now())
        product.db.run_now(lambda tx: actions.take_up(tx, taken))
    if as_json:
        print_json({"lab": slug, "folder": str(folder), "files": files})
        return
    print(f"{lab.title}: {plural(len(files), 'file')} in {folder}")
    print("  Read brief.md, then build what contract.yaml says, in any language.")
    print(f"  cd {folder}\n  backroad prove")


def explain(check_id: str, *, as_json: AsJson = False) -> None:
    """What a check claims, why that matters in production, and how to fix it."""
    from backroad.verifier.repository import load_rules

    found: list[tuple[Check | Rule, tuple[str, ...], str]] = [
        (item.check, item.proves, f"Lab: {lab.slug}, stage {item.stage}.")
        for lab in _library().all
        for item in lab.checks()
    ]
    found += [(rule, (), "Judged with backroad prove --repository.") for rule in load_rules()]
    for check, proves, where in found:
        if check.id == check_id:
            if as_json:
                print_json({"id": check.id, "claim": check.claim, "why": check.why, "fix": check.fix, "proves": proves})
                return
            print(f"{check.id}\n\n{check.claim}\n\n{check.why}\n\nFix: {check.fix}")
            print(f"\nProves: {', '.join(proves) or 'no skill by itself'}. {where}")
            return
    raise NotFound(
        f"There is no check called {check_id[:80]!r}.", "backroad labs lists the labs; a run names its checks."
    )


def _library() -> LabLibrary:
    return LabLibrary(labs_dir())
