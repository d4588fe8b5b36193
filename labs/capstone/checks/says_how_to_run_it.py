import re

from backroad.verifier import Bench, Failed, check

ASKED = {"migrate": r"(?i)\bmigrat", "backup": r"(?i)\bback(?:ing)?[ -]?up", "restore": r"(?i)\brestor",
         "DATABASE_URL": r"DATABASE_URL"}  # fmt: skip


@check(control=True)
async def run(bench: Bench) -> None:
    """The README says how to start it, which settings it takes, how to migrate, to back up and to restore.

    It is read once, at three in the morning, by somebody who has never seen the service.

    Fix: a command and a line for each: start, settings, migrate, deploy, roll back, backup, restore.
    """
    bench.driver.judge_files("a README", "readme_says_how_to_start")
    files = [
        path for path in bench.target.folder.iterdir() if path.name.lower().startswith("readme") and path.is_file()
    ]
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in files)
    missing = [name for name, pattern in ASKED.items() if not re.search(pattern, text)]
    if missing:
        raise Failed(sent="README", expected=f"a word on {', '.join(ASKED)}", got=f"nothing on {', '.join(missing)}")
