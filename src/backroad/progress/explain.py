"""Why a skill stands where it stands, and what would move it, in two or three sentences."""

from backroad.progress.model import Facts, Standing
from backroad.progress.standing import ENOUGH_DRILLS, REMEMBERED_AFTER, STEADY_PERCENT, enough_drills, lab_of

NAMES_SHOWN = 3


def explain(standing: Standing | None, facts: Facts, skill: str) -> str:
    """`standing` is None for a skill without evidence."""
    if standing is None or standing.level == "new":
        return " ".join(["There is no evidence yet.", *_ways_up("new", facts, skill)])
    said = {
        "learning": lambda: [*_answers(standing), *_failing(standing), *_ways_up("learning", facts, skill)],
        "practised": lambda: [*_answers(standing), *_failing(standing), *_ways_up("practised", facts, skill)],
        "proven": lambda: [f"Proven by {_listed([_proof(name) for name in standing.proven_by])}.", *_failing(standing)],
    }[standing.level]()
    if standing.placed and standing.level == "learning":
        said.insert(0, "Your placement makes it probable that you have this skill.")
    if standing.fading and standing.retrievability is not None:
        chance = round(standing.retrievability * 100)
        said.append(f"It is fading: you would remember its drills with a chance of {chance} %. Review them.")
    return " ".join(said)


def _answers(standing: Standing) -> list[str]:
    if not standing.answered:
        return ["You have not answered its drills yet."]
    drills = "drill" if standing.answered == 1 else "drills"
    return [f"You have answered {standing.answered} {drills}, {standing.right} of them right the last time."]


def _failing(standing: Standing) -> list[str]:
    if not standing.failing:
        return []
    names = list(standing.failing[:NAMES_SHOWN])
    more = len(standing.failing) - len(names)
    if more:
        names.append(f"{more} more")
    return [f"Checks that fail: {_listed(names)}."]


def _ways_up(level: str, facts: Facts, skill: str) -> list[str]:
    """What leads on from the level. A skill may have no drills or no checks yet."""
    ways = []
    has_drills, labs = facts.drills.get(skill, 0), sorted({lab_of(ref) for ref in facts.checks.get(skill, ())})
    if level != "practised" and has_drills:
        enough = enough_drills(skill, facts)
        what = "1 drill" if enough == 1 else f"{enough} different drills"
        ways.append(f"It is practised once you answer {what} right and {STEADY_PERCENT} % of those you have answered.")
    proofs = [f"pass its checks in the lab {_listed(labs, 'or')}"] if labs else []
    if level == "practised" and has_drills >= ENOUGH_DRILLS:
        days = REMEMBERED_AFTER.days
        proofs.append(f"answer {ENOUGH_DRILLS} of its drills right in reviews {days} days or more after the first time")
    if proofs:
        ways.append(f"To prove it, {_listed(proofs, 'or')}.")
    return ways or ["Nothing measures it yet."] if level == "new" else ways


def _proof(name: str) -> str:
    kind, _, slug = name.partition(":")
    return {"lab": f"the lab {slug}", "reviews": "reviews", "instructor": "an instructor"}[kind]


def _listed(names: list[str], word: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {word} {names[-1]}"
