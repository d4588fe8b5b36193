"""The sound drill of the kind `git`, as a struct."""

from pathlib import Path

from backroad.drills.kinds.git import Git
from backroad.drills.load import load_drills
from tests.drills import samples


def git_drill(folder: Path, toml: str = samples.GIT_TOML) -> Git:
    (found,) = load_drills(samples.write_skill(folder, "area.one", drills=toml))
    assert isinstance(found, Git)
    return found
