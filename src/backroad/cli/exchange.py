"""`backroad export` and `backroad import`: the whole account as one file."""

import zipfile
from pathlib import Path
from typing import IO, Annotated

from cyclopts import Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import columns, print_json
from backroad.cli.product import learner_of, opened
from backroad.cli.quiz import Selection, export_quiz
from backroad.cli.whole_file import write_whole
from backroad.curriculum.own import own_dir
from backroad.exchange import actions
from backroad.exchange.anki import Which, anki_name, choose, skills_for, write_anki
from backroad.exchange.manifest import file_name
from backroad.exchange.read import Archive
from backroad.identity.model import LOCAL
from backroad.kit import clock
from backroad.kit.errors import Problem
from backroad.kit.say import plural
from backroad.progress import actions as progress


def export(
    file: Annotated[
        Path | None, Parameter(help="Where to write it, a file or a folder; if left out, here and named after today.")
    ] = None,
    /,
    *,
    anki: Annotated[
        Path | None, Parameter(help="Write your drills as Anki cards instead, into this .apkg file or folder.")
    ] = None,
    skills: Annotated[Which, Parameter(help="The skills whose drills become cards.")] = "begun",
    gift: Annotated[Path | None, Parameter(help="Write drills as quiz questions in GIFT instead.")] = None,
    moodle: Annotated[Path | None, Parameter(help="Write drills as quiz questions in Moodle XML instead.")] = None,
    road: Annotated[str, Parameter(help="The road whose drills become questions.")] = "",
    area: Annotated[str, Parameter(help="The area whose drills become questions.")] = "",
    skill: Annotated[
        tuple[str, ...], Parameter(help="A skill whose drills become questions; may be given again.")
    ] = (),
    as_json: AsJson = False,
) -> None:
    """Write everything you have done into one zip of JSON and Markdown."""
    if sum(each is not None for each in (file, anki, gift, moodle)) > 1:
        raise Problem("Two files are named.", "Make one export after the other.")
    if gift is not None:
        export_quiz(gift, "gift", Selection(road, area, skill), as_json)
        return
    if moodle is not None:
        export_quiz(moodle, "moodle", Selection(road, area, skill), as_json)
        return
    if road or area or skill:
        raise Problem("--road, --area and --skill choose quiz questions.", "Add --gift FILE or --moodle FILE.")
    if anki is not None:
        _export_anki(anki, skills, as_json)
        return
    now = clock.now()
    path = _target(file, file_name(now))
    with opened() as product:
        own, private = own_dir(product.settings.home), product.curriculum.has_private
        manifest = write_whole(
            path, lambda out: product.db.run_now(lambda tx: actions.export_account(tx, LOCAL, out, now, own))
        )
    size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "bytes": size, "counts": manifest.counts, "private": private})
        return
    print(f"Exported to {path} ({-(-size // 1024):,} KiB).")
    print(columns([(f"  {name}", f"{count:,}") for name, count in manifest.counts.items()]))
    if private:
        print("It holds text that you imported as private: keep the file to yourself.")


def _export_anki(anki: Path, skills: Which, as_json: bool) -> None:
    now = clock.now()
    path = _target(anki, anki_name(now))
    with opened() as product:
        learner, curriculum = learner_of(product), product.curriculum
        wanted = product.db.run_now(lambda tx: skills_for(tx, learner.id, skills, curriculum, now))
        chosen = choose(curriculum, product.library, wanted)
    write_whole(path, lambda out: write_anki(chosen.decks, out, now))
    if as_json:
        print_json({"file": str(path), "cards": chosen.cards, "skills": chosen.skills, "left_out": chosen.left_out})
        return
    counts = plural(chosen.cards, "card"), plural(chosen.skills, "skill"), plural(len(chosen.decks), "deck")
    print(f"Wrote {counts[0]} of {counts[1]} in {counts[2]} to {path}.")
    if chosen.left_out:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in sorted(chosen.left_out.items()))
        print(f"Left out: drills that are written and judged by what they do, which no card can ({kinds}).")
    if chosen.private:
        print(f"Left out: {plural(chosen.private, 'private skill')}, since decks are passed on.")


def import_(
    file: Annotated[Path, Parameter(help="A zip that backroad export wrote.")],
    /,
    *,
    replace: Annotated[
        bool, Parameter(negative="", help="Remove everything you have here first, instead of adding to it.")
    ] = False,
    large: Annotated[bool, Parameter(negative="", help="Take a file of more than 200 MiB or 10,000 members.")] = False,
    as_json: AsJson = False,
) -> None:
    """Take in an export: all of it or, if anything is wrong with it, nothing. What is here already stays as it is."""
    with _read(file) as content:
        archive = Archive(content, large=large)
        with opened() as product:
            own = own_dir(product.settings.home)
            imported = product.db.run_now(
                lambda tx: actions.import_account(tx, LOCAL, archive, replace=replace, facts=product.facts, own=own)
            )
            if product.renew():  # own skills that came in have drills that standing is judged by
                product.db.run_now(lambda tx: progress.rebuild(tx, LOCAL, facts=product.facts))
    if as_json:
        print_json({"file": str(file), **_as_dict(imported)})
        return
    print(f"Imported {file}{', in place of what was here' if replace else ''}.")
    rows: list[tuple[str, ...]] = [
        (f"  {name}", f"{count:,} new", _stayed(imported.kept[name])) for name, count in imported.added.items()
    ]
    print(columns(rows))


def _as_dict(imported: actions.Imported) -> dict[str, object]:
    return {"replaced": imported.replaced, "added": imported.added, "kept": imported.kept}


def _stayed(count: int) -> str:
    return f"{count:,} were here already" if count else ""


def _read(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as error:
        raise Problem(f"{file} cannot be read: {error.strerror}.", "Name a file that backroad export wrote.") from None


def _target(file: Path | None, name: str) -> Path:
    path = Path(name) if file is None else file / name if file.is_dir() else file
    if path.exists() and not (path.is_file() and zipfile.is_zipfile(path)):
        raise Problem(f"{path} is there already and is not an export.", "Choose another name.")
    return path
