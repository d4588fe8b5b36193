"""A `git` drill in the terminal: its repository lies in a folder, where the learner works with tools of their own."""

from pathlib import Path

from backroad.drills.kinds.git import Git
from backroad.drills.model import Result
from backroad.kit.errors import Problem

HERE = "-"


def in_folder(drill: Git) -> Result | None:
    """None when the learner would rather write commands here."""
    usual = f"backroad-{drill.name}"
    print(
        f"Press Enter to lay the repository out in {usual}, name another folder, or type {HERE} to write commands here."
    )
    said = input("> ").strip()
    if said == HERE:
        return None
    folder = Path(said or usual).expanduser().absolute()
    _lay_out(drill, folder)
    print(f"Work in {folder / 'repo'} with your own tools, in another terminal.")
    while True:
        input("Press Enter to have it judged. ")
        try:
            result = drill.grade_folder(folder)
        except Problem as problem:
            print(f"  {problem}")
            continue
        if result.outcome != "unclear":
            return result
        print("  Nothing is changed yet.")


def _lay_out(drill: Git, folder: Path) -> None:
    if (folder / "repo").is_dir():
        if drill.grade_folder(folder).outcome == "passed":
            raise Problem(
                f"{folder} holds this repository, put in order already.", "Remove it, or name another folder."
            )
        print(f"{folder} is there already: you go on with what it holds.")
        return
    try:
        drill.lay_out(folder)
    except OSError as error:
        raise Problem(f"The repository cannot be laid out in {folder}: {error.strerror}.", "Name another folder.")
