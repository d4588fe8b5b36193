"""`backroad content check`: the curriculum's linter."""

import sys
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import print_json
from backroad.drills.keys import KindProof
from backroad.kit.paths import content_dir, labs_dir
from backroad.labs.library import LabLibrary


class ContentCheck(msgspec.Struct, frozen=True):
    skills: int
    roads: int
    resources: int
    topics_covered: int
    lessons: int
    drills: int
    by_kind: dict[str, int]
    examples: int
    examples_run: int
    keys_executable: int
    keys_executed: int
    distractors_refuted: int
    keys_by_kind: dict[str, KindProof]
    left_out: tuple[str, ...]
    """What this machine could not execute, and why."""
    problems: tuple[str, ...]


def check_all(root: Path, *, execute: bool) -> ContentCheck:
    """Every rule of the graph, the lessons and the drills."""
    from backroad.curriculum import load
    from backroad.curriculum.lint import lint
    from backroad.drills.lint import check_content, skill_folders

    labs = LabLibrary(labs_dir())
    graph = load(root, strict=False)
    mistakes = lint(root, labs={lab.slug: lab.requires for lab in labs.all})
    found = check_content(skill_folders(root / "skills"), execute=execute, skills=graph.skills.keys())
    return ContentCheck(
        skills=len(graph.skills),
        roads=len(graph.roads),
        resources=len(graph.resources),
        topics_covered=len({topic.title for road in graph.roads.values() for topic in road.topics}),
        lessons=found.lessons,
        drills=found.drills,
        by_kind=found.by_kind,
        examples=found.examples,
        examples_run=found.examples_run,
        keys_executable=found.keys_executable,
        keys_executed=found.keys_executed,
        distractors_refuted=found.distractors_refuted,
        keys_by_kind=found.keys_by_kind,
        left_out=found.left_out,
        problems=(*(mistake.sentence for mistake in mistakes), *(mistake.sentence for mistake in found.problems)),
    )


def check(
    root: Annotated[Path | None, Parameter(help="The content folder; the shipped one if left out.")] = None,
    *,
    execute: Annotated[bool, Parameter(help="Run every key that can be run.")] = True,
    as_json: AsJson = False,
) -> int:
    """Check the graph, the lessons and the drills, and execute every key that can be executed."""
    found = check_all(root or content_dir(), execute=execute)
    if as_json:
        print_json(found)
    else:
        for problem in found.problems:
            print(problem)
        for left_out in found.left_out:
            print(f"left out: {left_out}")
        lacking = found.keys_executable - found.keys_executed
        print(
            f"{found.skills} skills, {found.topics_covered} topics, {found.lessons} lessons, {found.drills} drills, "
            f"{found.keys_executed} of {found.keys_executable} keys executed"
            f"{f' ({lacking} could not be)' if lacking else ''}, {len(found.problems)} problems"
        )
    sys.stdout.flush()
    return 1 if found.problems else 0
