"""Writes small labs: check bodies as text, each with a docstring of its own."""

import textwrap
from pathlib import Path

CHECK = '''\
import asyncio
from backroad.verifier import Bench, LostAnswer, check, expect

@check({options})
async def run(bench: Bench) -> None:
    """{name} holds.

    It matters.

    Fix: mend {name}.
    """
{body}
'''


def write_check(folder: Path, name: str, body: str, options: str = "") -> None:
    path = folder / "checks" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    indented = textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
    path.write_text(CHECK.format(name=name, options=options, body=indented))


def write_lab(folder: Path, *stages: dict[str, str | tuple[str, str]], app: str = "") -> Path:
    """Each stage: name of the check -> its body, or (body, options of @check)."""
    lines = ['slug = "mini"', 'title = "Mini"', "[reference]", 'start = "{python} -S app.py"', 'ready = "/"']
    for number, stage in enumerate(stages, 1):
        lines += ["[[stage]]", f'title = "Stage {number}"', "[stage.checks]"]
        lines += [f'"mini.{name}" = ["skill.{name.replace("_", "-")}"]' for name in stage]
        for name, check in stage.items():
            body, options = (check, "") if isinstance(check, str) else check
            write_check(folder, name, body, options)
    (folder / "lab.toml").write_text("\n".join(lines))
    if app:
        (folder / "reference").mkdir()
        (folder / "reference" / "app.py").write_text(app)
    return folder
