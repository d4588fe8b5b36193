"""Commands of backroad.toml, and the lab that takes any finished backend."""

import asyncio
import os
import time
from pathlib import Path

import psutil
import pytest

from backroad.verifier import Verdict, VerifierError, load_lab, prove_reference, read_config
from backroad.verifier.commands import run_command
from backroad.verifier.driver import LabDriver
from backroad.verifier.errors import StartFailed
from tests.verifier.labs import write_check, write_lab
from tests.verifier.servers import HTTP

pytestmark = pytest.mark.slow  # waits for processes

GET = 'await bench.client().get("/")'
PYTHON = "{python} -S -c"


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (
            'migrat = "x"',
            "server.commands.migrat is no command that Backroad knows. There are migrate, backup, restore, build.",
        ),
        ('backup = "x"', "server.commands.backup does not say where the file goes: x. Write {file} there."),
        ('migrate = "\'"', "server.commands.migrate cannot be read as a command: '. Check its quotes."),
        ("migrate = 3", "server.commands.migrate must be a text in quotes, not a number."),
    ],
)
def test_wrong_commands_are_named(tmp_path, line, sentence):
    (tmp_path / "backroad.toml").write_text(f'[server]\nstart = "x"\n[server.commands]\n{line}\n')
    with pytest.raises(VerifierError) as wrong:
        read_config(tmp_path)
    assert str(wrong.value) == f"{tmp_path}/backroad.toml: {sentence}"


def test_commands_need_a_server_of_ours(tmp_path):
    (tmp_path / "backroad.toml").write_text('url = "http://127.0.0.1:1"\n[server.commands]\nmigrate = "x"\n')
    with pytest.raises(VerifierError, match=r"server\.commands and url cannot both be given"):
        read_config(tmp_path)


def ran(code: str, folder: Path, **options):
    return asyncio.run(run_command(f'{PYTHON} "{code}" {{file}}', folder, dict(os.environ), **options))


def test_a_command_says_how_it_ended(tmp_path):
    ended = ran("import sys; print(sys.argv[1]); sys.exit(3)", tmp_path, file=tmp_path / "a b")
    assert (ended.exit_code, ended.output) == (3, f"{tmp_path}/a b\n")


def test_a_command_without_an_end_is_ended_with_all_it_started(tmp_path):
    child = "subprocess.Popen(['sleep', '60'], start_new_session=True).pid"
    code = f"import subprocess, time; print({child}, flush=True); time.sleep(60)"
    began = time.perf_counter()
    ended = ran(code, tmp_path, longest=0.7)
    assert ended.exit_code is None
    assert time.perf_counter() - began < 5
    assert not psutil.pid_exists(int(ended.output)) or psutil.Process(int(ended.output)).status() == "zombie"


def with_command(lab: Path, code: str) -> Path:
    file = lab / "lab.toml"
    (lab / "reference" / "migrate.py").write_text(code)
    text = file.read_text().replace('ready = "/"', 'ready = "/"\n[reference.commands]\nmigrate = "{python} migrate.py"')
    file.write_text(text)
    return lab


def test_migrate_runs_before_the_first_start(tmp_path):
    app = HTTP + 'assert os.path.exists(os.environ["DATA_DIR"] + "/schema")\nserve()'
    lab = with_command(
        write_lab(tmp_path, {"asks": GET}, app=app), 'import os; open(os.environ["DATA_DIR"] + "/schema", "x")'
    )
    assert prove_reference(lab).exit_code == 0


def test_a_migration_that_fails_is_said_with_its_last_lines(tmp_path):
    lab = with_command(
        write_lab(tmp_path, {"asks": GET}, app=HTTP + "serve()"), 'import sys; sys.exit("no such column")'
    )
    with pytest.raises(StartFailed, match=r"The migrate command exited with code 1 after .*\n  no such column"):
        prove_reference(lab)


DRIVER = """
from backroad.verifier.driver import LabDriver
class Driver(LabDriver):
"""


@pytest.fixture
def labs(tmp_path):
    """`mini` is finished; `next` takes any finished backend, by default mini."""
    write_lab(tmp_path / "mini", {"asks": GET, "greets": GET}, app=HTTP + "serve()")
    (tmp_path / "mini" / "driver.py").write_text(DRIVER + '    def guess(self): return "mini"')
    folder = write_lab(tmp_path / "next", {"has_driver": GET}, app=HTTP + "serve()")
    text = folder.joinpath("lab.toml").read_text().replace('"mini"', '"next"').replace('"mini.', '"next.')
    own = '"access.keeps_secrets_out_of_logs" = []\n"next.forges" = []\n'
    takes = '[app]\nreference = "mini"\nown_areas = ["access"]\n[reference]'
    folder.joinpath("lab.toml").write_text(text.replace("[reference]", takes) + "\n" + own)
    write_check(
        folder, "has_driver", 'expect.equal((bench.driver.guess(), bench.driver.nowhere), ("mini", "/nowhere"))'
    )
    write_check(folder, "forges", "bench.driver.forgeries(None)")
    (folder / "driver.py").write_text(DRIVER + '    nowhere = "/nowhere"\n    def guess(self): return "next"')
    return tmp_path


def test_a_lab_on_another_uses_its_driver_and_says_what_it_has_not(labs):
    lab = load_lab(labs / "next")
    assert (lab.app, lab.reference_config().app) == ("mini", "mini")
    assert lab.make_driver is not None
    assert issubclass(lab.make_driver, LabDriver)  # type: ignore[arg-type]
    report = prove_reference(lab)
    verdicts = {check.id: (check.verdict, check.reason) for check in report.checks()}
    assert verdicts["next.has_driver"] == (Verdict.PASSED, "")
    assert verdicts["access.keeps_secrets_out_of_logs"] == (Verdict.NOT_RUN, "mini does not ask for it")
    assert verdicts["next.forges"] == (Verdict.NOT_RUN, "mini has nothing that this could be tried on")


@pytest.mark.parametrize(
    ("slug", "app", "sentence"),
    [
        ("next", "nothing", "There is no lab called 'nothing' to build on. There are mini."),
        ("next", "next", "There is no lab called 'next' to build on. There are mini."),
        ("mini", "next", "The lab mini is built by itself, not on 'next'. Remove app."),
    ],
)
def test_what_cannot_be_built_on(labs, slug, app, sentence):
    with pytest.raises(VerifierError) as wrong:
        load_lab(labs / slug, app)
    assert str(wrong.value) == sentence
