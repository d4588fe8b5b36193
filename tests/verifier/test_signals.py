"""Whatever ends the verifier, no process of the target stays behind."""

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from tests.verifier.servers import script
from tests.verifier.test_target import alive, wait_for

pytestmark = pytest.mark.slow  # real processes and their signals, which want the machine for themselves

LAB = {
    "lab.toml": """
        slug = "hang"
        title = "Hang"
        [reference]
        start = "x"
        [[stage]]
        title = "One"
        [stage.checks]
        "hang.hangs" = []
        """,
    "checks/hangs.py": '''
        import asyncio
        from backroad.verifier import Bench, check

        @check(seconds=60)
        async def run(bench: Bench) -> None:
            """It hangs.

            So that a signal finds it running.

            Fix: nothing.
            """
            answer = await bench.client().get("/")
            with open("pid", "w") as file:
                file.write(answer.text)
            HOW
        ''',
}
PROVE = """
from pathlib import Path
from backroad.verifier import Config, Server, prove
prove(Path("lab"), Config(folder=Path("server"), server=Server(start="{python} -S app.py", stop_seconds=0.1)))
"""


def write_lab(folder: Path, how: str) -> None:
    for name, text in LAB.items():
        path = folder / "lab" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text).replace("HOW", how))
    (folder / "server").mkdir()
    script(folder / "server", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nif os.fork(): time.sleep(60)\nserve()\n")


@pytest.mark.parametrize(
    ("number", "how", "code"),
    [
        (signal.SIGINT, "await asyncio.sleep(60)", -signal.SIGINT),
        (signal.SIGTERM, "await asyncio.sleep(60)", 128 + signal.SIGTERM),
        (signal.SIGHUP, "await asyncio.sleep(60)", 128 + signal.SIGHUP),
        (None, "raise SystemExit(7)", 7),
    ],
)
def test_nothing_is_left_behind(tmp_path, number, how, code):
    write_lab(tmp_path, how)
    verifier = subprocess.Popen(
        [sys.executable, "-c", PROVE], cwd=tmp_path, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    pid = wait_for(tmp_path / "pid")
    if number is not None:
        assert alive(pid)
        time.sleep(0.02)
        verifier.send_signal(number)
    _, errors = verifier.communicate(timeout=60)
    assert verifier.returncode == code, errors
    assert not alive(pid)
