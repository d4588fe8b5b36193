"""What is wrong with a learner's own content: what kept it from loading, and what its roads and skills lack."""

from collections.abc import Iterator

from backroad.curriculum.lint_roads import Labs, lint_road
from backroad.curriculum.model import LARGEST_DRILLS, LONGEST_LESSON, Curriculum, Mistake, Skill
from backroad.curriculum.read import line_of, shown


def lint_own(curriculum: Curriculum, labs: Labs | None, *, road: str = "") -> Iterator[Mistake]:
    """Every mistake; with `road`, those of this road's file and of the own skills that it names."""
    chosen = [curriculum.roads[one] for one in sorted(curriculum.own_roads) if road in ("", one)]
    if not road:
        yield from curriculum.own_problems
    else:
        skills = {skill for one in chosen for skill in one.skills}
        places = [f"/skills/{'/'.join(skill.split('.', 1))}/" for skill in skills & curriculum.own_skills]
        for mistake in curriculum.own_problems:
            if mistake.file.endswith(f"/roads/{road}.toml") or any(place in mistake.file for place in places):
                yield mistake
    for one in chosen:
        yield from lint_road(curriculum, one, labs)
    for skill in curriculum.skills.values():
        if skill.id in curriculum.own_skills and (not road or any(skill.id in one.skills for one in chosen)):
            yield from _skill(curriculum, skill)


def _skill(curriculum: Curriculum, skill: Skill) -> Iterator[Mistake]:
    path = curriculum.folder(skill.id) / "skill.toml"
    if len(set(skill.requires)) < len(skill.requires):
        yield Mistake(shown(path), "a requirement is listed twice.", line_of(path, "requires"))
    if not skill.claim.startswith("You can "):
        yield Mistake(shown(path), 'the claim must start with "You can".', line_of(path, "claim"))
    lesson = curriculum.lesson_path(skill.id)
    if lesson.is_file() and not curriculum.lesson(skill.id) and lesson.stat().st_size:
        sentence = f"the lesson is not UTF-8, or has more than {LONGEST_LESSON >> 10} KiB."
        yield Mistake(shown(lesson), sentence)
    drills = curriculum.drills_path(skill.id)
    if drills.is_file() and not curriculum.has_drills(skill.id):
        yield Mistake(shown(drills), f"the file has more than {LARGEST_DRILLS >> 10} KiB.")
