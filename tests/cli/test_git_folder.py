"""A `git` drill in the terminal: laid out in a folder, worked on with other tools, and judged there."""

import os
import pty
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO

import pytest

from backroad.accounts import actions
from backroad.drills.repository.run import tools
from backroad.product import Product
from tests.databases import settings_of
from tests.serving import COMMAND, backroad, environment

pytestmark = [pytest.mark.slow, pytest.mark.skipif(tools() is None, reason="needs Git 2.30 or newer")]

DRILL = "git.conflicts/back-out-of-a-merge"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a learner in it."""
    home = tmp_path_factory.mktemp("cli") / "home"
    product = Product.open(settings_of(home))
    product.db.run_now(
        lambda tx: actions.settle(
            tx,
            road="canonical",
            roads=["canonical"],
            language="python",
            minutes=[60, 60, 60, 60, 60, 120, 0],
            start=date(2027, 1, 4),
            days_off=[],
            now=datetime.now(UTC),
        )
    )
    product.close()
    return home


class Terminal:
    """A command with somebody at its keyboard."""

    def __init__(self, leader: int, said: IO[str]) -> None:
        self.leader, self.said = leader, said

    def until(self, words: str) -> str:
        """What was said until then; a test's own time limit ends a wait for nothing."""
        heard = ""
        while words not in heard:
            letter = self.said.read(1)
            assert letter, heard
            heard += letter
        return heard

    def type(self, line: str) -> None:
        os.write(self.leader, line.encode() + b"\n")


@contextmanager
def at_the_keyboard(home: Path, cwd: Path, *arguments: str) -> Iterator[Terminal]:
    leader, terminal = pty.openpty()
    kept = {name: value for name, value in environment(home).items() if name not in ("EDITOR", "VISUAL")}
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=kept | {"PYTHONUNBUFFERED": "1"},
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        try:
            yield Terminal(leader, process.stdout)
            process.wait(30)
        finally:
            process.kill()
            os.close(leader)
            os.close(terminal)


def test_the_folder_is_laid_out_and_judged(ready: Path, tmp_path: Path) -> None:
    with at_the_keyboard(ready, tmp_path, "drill", DRILL) as terminal:
        said = terminal.until("write commands here.")
        assert "| * Drop the old login (HEAD -> main)\n|/\n* Start\nA merge is unfinished.\n" in said
        terminal.type("")
        terminal.until("Press Enter to have it judged.")
        repository = tmp_path / "backroad-back-out-of-a-merge" / "repo"
        terminal.type("")
        assert "Nothing is changed yet." in terminal.until("Press Enter to have it judged.")
        subprocess.run(["git", "merge", "--abort"], cwd=repository, check=True)
        terminal.type("")
        terminal.until("✓ right")
    assert (repository / "notes.txt").read_text() == "ask Bea\n"


def test_what_was_begun_is_gone_on_with(ready: Path, tmp_path: Path) -> None:
    for answer in ("git checkout -q --ours app.py && git add app.py", "git merge --abort"):
        with at_the_keyboard(ready, tmp_path, "drill", DRILL) as terminal:
            terminal.until("write commands here.")
            terminal.type("mine")
            terminal.until("Press Enter to have it judged.")
            subprocess.run(["sh", "-c", answer], cwd=tmp_path / "mine" / "repo", check=True, capture_output=True)
            terminal.type("")
            said = terminal.until("tracked file.")
            assert ("No merge is left open" in said) is ("ours" in answer)
            assert ("✓ right" in said) is ("abort" in answer)
    with at_the_keyboard(ready, tmp_path, "drill", DRILL) as terminal:
        terminal.until("write commands here.")
        terminal.type("mine")
        terminal.until("put in order already. Remove it, or name another folder.")
        terminal.type("\x04")


def test_commands_are_written_here_instead(ready: Path, tmp_path: Path) -> None:
    with at_the_keyboard(ready, tmp_path, "drill", DRILL) as terminal:
        terminal.until("write commands here.")
        terminal.type("-")
        terminal.until("ends your answer)")
        terminal.type("git status --short\n.")
        assert "UU app.py" in terminal.until("write commands here.")
        terminal.type("-")
        terminal.until("ends your answer)")
        terminal.type("git merge --abort\n.")
        terminal.until("✓ right")
    assert list(tmp_path.glob("backroad-*")) == []


def test_without_a_terminal_commands_are_read(ready: Path) -> None:
    said = backroad(ready, "drill", DRILL, "--answer", "git status")
    assert said.returncode == 0
    assert "Nothing was changed, so nothing was counted." in said.stdout
    said = backroad(ready, "drill", DRILL, stdin="git reset -q --hard\ngit clean -fdq\n.\n")
    assert "✗ not right" in said.stdout
    assert "got       no file notes.txt" in said.stdout
    assert "reset --hard would have been enough." in said.stdout
