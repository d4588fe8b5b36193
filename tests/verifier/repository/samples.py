"""Samples: one text file holds the files of a folder and what a rule must say of it.

    -- Dockerfile --
    FROM node:22
    -- says --
    failed
    sent      Dockerfile
    …

`python -m tests.verifier.repository.samples` writes what the rules say now; read it aloud before you commit it.
A `·` is left out when the files are written: it keeps invented keys from being taken for real ones.
"""

import re
import tempfile
from pathlib import Path

from backroad.verifier import CheckReport
from backroad.verifier.repository import run_repository

FOLDER = Path(__file__).parent / "samples"
SAYS = "says"


def samples() -> list[Path]:
    return sorted(FOLDER.glob("*/*.txt"))


def read_sample(path: Path) -> dict[str, str]:
    """Section -> text."""
    parts = re.split(r"(?m)^-- (.+) --\n", path.read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def write_files(sections: dict[str, str], folder: Path) -> None:
    for name, text in sections.items():
        if name != SAYS:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.replace("·", ""), encoding="utf-8")


def judged(path: Path, folder: Path) -> CheckReport:
    """What the rule of the sample's folder says of its files."""
    write_files(read_sample(path), folder)
    (report,) = run_repository(folder, only=[f"repository.{path.parent.name}"])
    return report


def said(report: CheckReport) -> str:
    if report.finding is None:
        return f"{report.verdict}{': ' if report.reason else ''}{report.reason}\n"
    rows = (("sent", report.finding.sent), ("expected", report.finding.expected), ("got", report.finding.got))
    lines = [f"{name:<9} {line}" for name, text in rows for line in text.splitlines()]
    return "\n".join([str(report.verdict), *lines]) + "\n"


def update() -> None:
    for path in samples():
        with tempfile.TemporaryDirectory() as temp:
            text = said(judged(path, Path(temp)))
        files = path.read_text(encoding="utf-8").partition(f"-- {SAYS} --\n")[0]
        path.write_text(f"{files}-- {SAYS} --\n{text}", encoding="utf-8")


if __name__ == "__main__":
    update()
