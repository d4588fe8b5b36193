"""`backroad road`: the road with your standing, and making roads of your own."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from backroad.cli.learn import AsJson, road
from backroad.cli.output import print_json
from backroad.cli.product import opened
from backroad.curriculum import Mistake
from backroad.curriculum.lint_own import lint_own
from backroad.kit.errors import NotFound
from backroad.kit.say import plural
from backroad.own_roads import actions
from backroad.product import Product

road_app = App(name="road", help="The road with your standing on every skill; and roads of your own.")
road_app.default(road)


@road_app.command
def fork(
    base: Annotated[str, Parameter(help="Id of the road to copy.")],
    name: Annotated[str, Parameter(help="What to call yours.")],
    /,
    *,
    as_json: AsJson = False,
) -> None:
    """Copy a road into a file of your own, which you can change."""
    with opened() as product:
        road_id, path = actions.fork(product.curriculum, product.settings.home, base, name)
    _made(road_id, path, as_json)


@road_app.command
def new(
    name: Annotated[str, Parameter(help="What to call it.")],
    /,
    *,
    as_json: AsJson = False,
) -> None:
    """Write a commented file to fill in."""
    with opened() as product:
        road_id, path = actions.new(product.curriculum, product.settings.home, name)
    _made(road_id, path, as_json)


def _made(road_id: str, path: Path, as_json: bool) -> None:
    if as_json:
        print_json({"road": road_id, "file": str(path)})
        return
    print(f"Wrote {path}.")
    print(f"  backroad road {road_id}        shows it")
    print(f"  backroad road check {road_id}  says what is wrong with it")
    print("Choose it in the settings; a server that is running has to be started again first.")


@road_app.command
def add(
    name: Annotated[str, Parameter(help="Id of a road of your own.")],
    skill: Annotated[str, Parameter(help="Id of the skill.")],
    /,
    *,
    after: Annotated[str, Parameter(help="Id of the skill that comes before it; the road's end if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Put a skill into a road of your own."""
    with opened() as product:
        actions.add(product.curriculum, name, skill, after=after)
        product.renew()
        found, path = _mistakes(product, name), product.curriculum.road_file(name)
    if as_json:
        print_json({"road": name, "skill": skill, "file": str(path), "problems": [one.sentence for one in found]})
        return
    print(f"Added {skill} to {path}.")
    for mistake in found:
        print(f"! {mistake.sentence}")


@road_app.command
def check(
    name: Annotated[str | None, Parameter(help="Id of a road of your own; all your own content if left out.")] = None,
    /,
    *,
    execute: Annotated[
        bool, Parameter(negative="", help="Also run the keys of your own drills; programs in them run as you.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Say what is wrong with your own roads, skills and drills. Exit code 1 if anything is."""
    with opened() as product:
        curriculum = product.curriculum
        there = curriculum.own is not None and (curriculum.own / "roads" / f"{name}.toml").is_file()
        if name is not None and not there:
            own = ", ".join(sorted(curriculum.own_roads)) or "none yet: backroad road new NAME makes one"
            raise NotFound(f"You have no road {name[:80]} of your own.", f"Yours are: {own}.")
        sentences = [mistake.sentence for mistake in _mistakes(product, name or "")]
        sentences += _drill_mistakes(product, name or "", execute=execute)
        counts = (len(curriculum.own_roads), len(curriculum.own_skills))
    if as_json:
        print_json({"roads": counts[0], "skills": counts[1], "problems": sentences})
    else:
        for sentence in sentences:
            print(sentence)
        roads, skills = plural(counts[0], "road"), plural(counts[1], "skill")
        print(f"{roads} and {skills} of your own, {plural(len(sentences), 'problem')}")
    sys.stdout.flush()
    return 1 if sentences else 0


@road_app.command(name="import")
def import_(
    folder: Annotated[Path, Parameter(help="Your clone of roadmap.sh, or the folder of one roadmap in it.")],
    /,
    *,
    roadmap: Annotated[str, Parameter(help="Which roadmap of the clone.")] = "backend",
    name: Annotated[str, Parameter(help="What to call the road; after the roadmap if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """Read a roadmap from a clone of roadmap.sh that you have. It stays private."""
    from backroad.own_roads.intake import take

    with opened() as product:
        taken = take(product.curriculum, product.settings.home, folder, roadmap=roadmap, name=name)
    if as_json:
        print_json({**msgspec.structs.asdict(taken), "file": str(taken.file)})
        return
    print(f"Wrote {taken.file}.")
    print(f"  {plural(len(taken.mapped), 'topic')} that Backroad teaches already, as its own skills")
    print(f"  {plural(taken.made, 'topic')} as skills of your own, with {plural(taken.links, 'link')} in all")
    if taken.odd:
        print("Not understood, and left out:")
        for sentence in taken.odd:
            print(f"  {sentence}")
    print("All of it is private: only your own full export (backroad export) holds it.")
    print(f"Look at it with backroad road {taken.road}; choose it in the settings after the next start.")


def _mistakes(product: Product, name: str) -> list[Mistake]:
    labs = {slug: lab.requires for slug, lab in product.outlines.items()}
    return list(lint_own(product.curriculum, labs, road=name))


def _drill_mistakes(product: Product, name: str, *, execute: bool) -> list[str]:
    """What is wrong with the drills of own skills; with `name`, of those that the road names."""
    from backroad.drills.keys import check_keys
    from backroad.drills.load import read_drills

    curriculum = product.curriculum
    named = set(curriculum.road(name).skills) if name in curriculum.roads else curriculum.own_skills
    folders = [curriculum.folder(skill) for skill in sorted(curriculum.own_skills & named)]
    with_drills = [folder for folder in folders if (folder / "drills.toml").is_file()]
    found = [mistake.sentence for folder in with_drills for mistake in read_drills(folder).mistakes]
    if execute and with_drills:
        found += [mistake.sentence for mistake in check_keys(with_drills).problems]
    return found
