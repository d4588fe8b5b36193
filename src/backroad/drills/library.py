"""All drills of the curriculum, by id and by skill. Built once at start; never changes."""

from collections.abc import Iterable
from pathlib import Path
from types import MappingProxyType

from backroad.drills.load import read_drills
from backroad.drills.model import Drill
from backroad.kit.errors import NotFound


class DrillLibrary:
    """`problems` holds a sentence for each drill that was left out because its file is wrong."""

    def __init__(self, folders: Iterable[Path]) -> None:
        problems: list[str] = []
        by_skill: dict[str, tuple[Drill, ...]] = {}
        for folder in folders:
            loaded = read_drills(folder)
            problems += [mistake.sentence for mistake in loaded.mistakes]
            if loaded.drills:
                by_skill[loaded.drills[0].skill] = loaded.drills
        self.by_skill = MappingProxyType(by_skill)
        self.by_id = MappingProxyType({drill.id: drill for drills in by_skill.values() for drill in drills})
        self.problems = tuple(problems)

    def get(self, drill_id: str) -> Drill:
        drill = self.by_id.get(drill_id)
        if drill is None:
            raise NotFound(f"There is no drill called {drill_id[:120]!r}.")
        return drill

    def of_skill(self, skill: str) -> tuple[Drill, ...]:
        return self.by_skill.get(skill, ())
