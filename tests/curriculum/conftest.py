"""A copy of the real content for each test to break, and what it takes to break it."""

import re
import shutil
from pathlib import Path

import pytest

from backroad.curriculum import Curriculum, load
from backroad.curriculum.lint import lint
from backroad.kit.paths import content_dir


@pytest.fixture(scope="session")
def real() -> Curriculum:
    return load()


class Copy:
    """The content in a folder of the test's own."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def skill_file(self, skill_id: str) -> Path:
        return self.root.joinpath("skills", *skill_id.split("."), "skill.toml")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replaces the first `old` in a file, which must be there."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def set(self, skill_id: str, field: str, value: str) -> None:
        path = self.skill_file(skill_id)
        text = path.read_text(encoding="utf-8")
        changed = re.sub(rf"^{field} = .*$", lambda _: f"{field} = {value}", text, count=1, flags=re.MULTILINE)
        assert changed != text
        path.write_text(changed, encoding="utf-8")

    def sentences(self, labs: dict[str, tuple[str, ...]] | None = None) -> list[str]:
        """What the linter says, with paths as seen from the copy."""
        return [mistake.sentence.replace(f"{self.root}/", "") for mistake in lint(self.root, labs)]


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    root = tmp_path / "content"
    shutil.copytree(content_dir(), root, ignore=shutil.ignore_patterns("lesson.md", "drills.toml"))
    return Copy(root)
