import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import TypeVar

import psutil
import pytest
import uvloop

from backroad.verifier import Answer, Bench, Config, StartFailed, Target, VerifierError, url_config
from backroad.verifier.log_ring import KEPT_FIRST, KEPT_LAST
from tests.verifier.servers import OK, answering, raw_server, script

pytestmark = pytest.mark.slow  # real processes and their signals, which want the machine for themselves

Result = TypeVar("Result")


def run(work: Awaitable[Result]) -> Result:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Target]:
    target = Target.of(config)
    try:
        await target.open()
        yield target
    finally:
        target.close()


async def get(target: Target) -> Answer:
    bench = Bench(target=target, check_id="test.one", seed="TEST")
    try:
        return await bench.client().get("/")
    finally:
        bench.close()


def start_error(config: Config) -> StartFailed:
    async def work() -> None:
        async with opened(config):
            pass

    with pytest.raises(StartFailed) as failed:
        run(work())
    return failed.value


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_for(path: Path) -> int:
    """The number that a process writes into a file."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError, ValueError):
            return int(path.read_text())
        time.sleep(0.005)
    raise AssertionError(f"{path} was never written")


def test_environment_of_the_target(tmp_path):
    code = """
names = ("HOST", "PORT", "BASE_URL", "DATA_DIR", "EXTRA", "PATH")
class Env(Handler):
    def do_GET(self): self.reply(body="\\n".join(os.environ[name] for name in names).encode())
serve(Env)
"""

    async def work() -> Path:
        async with opened(script(tmp_path, code, env={"EXTRA": "1", "PORT": "99"})) as target:
            answer = await get(target)
            host, port, base, data, extra, path = answer.text.split("\n")
            assert (host, base) == ("127.0.0.1", target.base_url)
            assert port == str(target.address[1])
            assert Path(data) == target.data_dir
            assert target.data_dir is not None
            assert not list(target.data_dir.iterdir())
            assert (extra, path) == ("1", os.environ["PATH"])
        return Path(data)

    assert not run(work()).exists()


def test_data_and_port_survive_kill_and_restart(tmp_path):
    code = """
(lambda path: open(path, "a").write("x"))(os.environ["DATA_DIR"] + "/starts")
class Count(Handler):
    def do_GET(self): self.reply(body=open(os.environ["DATA_DIR"] + "/starts").read().encode())
serve(Count)
"""

    async def work() -> None:
        async with opened(script(tmp_path, code)) as target:
            assert (await get(target)).body == b"x"
            await target.kill()
            assert await target.down()
            await target.start()
            assert (await get(target)).body == b"xx"
            stopped = await target.restart()
            assert stopped.exit_code == -signal.SIGTERM
            assert (await get(target)).body == b"xxx"

    run(work())


def test_stop_tells_exit_code_and_seconds(tmp_path):
    code = """
def leave(*_):
    time.sleep(0.1)
    os._exit(3)
signal.signal(signal.SIGTERM, leave)
serve()
"""

    async def work() -> None:
        async with opened(script(tmp_path, code)) as target:
            result = await target.stop()
            assert result.exit_code == 3
            assert not result.killed
            assert 0.09 < result.seconds < 1
            with pytest.raises(VerifierError, match="not running"):
                await target.stop()

    run(work())


def test_a_server_that_ignores_sigterm_is_killed(tmp_path):
    code = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nserve()\n"

    async def work() -> None:
        async with opened(script(tmp_path, code, stop_seconds=0.1)) as target:
            pid = int((await get(target)).text)
            result = await target.stop()
            assert (result.exit_code, result.killed) == (-signal.SIGKILL, True)
            assert result.seconds >= 0.1
            assert not alive(pid)

    run(work())


CHILDREN = """
def forked(name, leave):
    if os.fork() == 0:
        if leave:
            os.setsid()
            if os.fork(): os._exit(0)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        path = os.environ["DATA_DIR"] + "/../" + os.environ["NAMES"] + name
        open(path + ".part", "w").write(str(os.getpid()))
        os.rename(path + ".part", path)
        time.sleep(60)
        os._exit(0)
forked("child", False)
forked("stray", True)
serve()
"""


@pytest.mark.parametrize("how", ["kill", "stop", "close"])
def test_no_descendant_is_left(tmp_path, how):
    """Neither a child that ignores SIGTERM nor one that left the process group by forking twice."""
    names = f"backroad-test-{os.getpid()}-{how}-"

    async def work() -> None:
        async with opened(script(tmp_path, CHILDREN, stop_seconds=0.1, env={"NAMES": names})) as target:
            assert target.data_dir is not None
            folder = target.data_dir.parent
            pids = [wait_for(folder / f"{names}{name}") for name in ("child", "stray")]
            try:
                assert all(map(alive, pids))
                assert target.memory() > 5_000_000
                if how == "kill":
                    await target.kill()
                elif how == "stop":
                    assert (await target.stop()).killed
                else:
                    target.close()
                assert not any(map(alive, pids))
            finally:
                for name in ("child", "stray"):
                    (folder / f"{names}{name}").unlink(missing_ok=True)

    run(work())


def test_a_start_command_that_puts_its_server_into_the_background(tmp_path):
    code = "if os.fork(): os._exit(0)\nos.setsid()\nserve()\n"

    async def work() -> None:
        async with opened(script(tmp_path, code)) as target:
            pid = int((await get(target)).text)
            assert not await target.down()
            await target.kill()
            assert not alive(pid)

    run(work())


def test_pause_and_resume(tmp_path):
    async def work() -> None:
        async with opened(script(tmp_path, "serve()")) as target:
            await target.pause()
            asking = asyncio.create_task(get(target))
            await asyncio.sleep(0.1)
            assert not asking.done()
            await target.resume()
            assert (await asking).status == 200

    run(work())


def test_a_paused_server_can_be_stopped(tmp_path):
    async def work() -> None:
        async with opened(script(tmp_path, "serve()")) as target:
            await target.pause()
            assert (await target.stop()).exit_code == -signal.SIGTERM

    run(work())


def test_a_flood_of_log_blocks_nothing_and_stays_bounded(tmp_path):
    code = """
sys.stdout.write("first line\\n"); sys.stdout.flush()
def flood():
    for _ in range(400): os.write(1, b"0123456789abcde\\n" * 4096)
    os.write(2, b"last line\\n")
    open(os.environ["DATA_DIR"] + "/done", "w").write("1")
threading.Thread(target=flood, daemon=True).start()
serve()
"""

    async def work() -> None:
        async with opened(script(tmp_path, code)) as target:
            assert (await get(target)).status == 200
            assert target.data_dir is not None
            await asyncio.to_thread(wait_for, target.data_dir / "done")
            await target.kill()
            text = target.logs()
            assert text.startswith("first line\n")
            assert text.endswith("last line\n")
            assert "left out …" in text
            assert len(text) < KEPT_FIRST + KEPT_LAST + 100
            assert target.log.total > 26_000_000

    run(work())


def test_exit_at_start(tmp_path):
    error = start_error(script(tmp_path, "print('no database url', file=sys.stderr)\nsys.exit(1)"))
    assert error.sentence.startswith("The start command exited with code 1 after ")
    assert error.sentence.endswith("; its last lines:\n  no database url")
    quiet = start_error(script(tmp_path, "sys.exit(0)"))
    assert "exited with code 0" in quiet.sentence
    assert quiet.sentence.endswith("; it wrote nothing.")


def test_port_never_opened(tmp_path):
    error = start_error(script(tmp_path, "time.sleep(60)", ready_seconds=0.2))
    assert error.sentence.startswith("Nothing listened on port ")
    assert " within 0.2 s" in error.sentence
    assert "PORT" in error.hint


def test_listening_elsewhere_is_said(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    error = start_error(script(tmp_path, f"os.environ['PORT'] = '{port}'\nserve()", ready_seconds=0.25))
    assert f"the server listens on port {port} instead" in error.sentence


def test_ready_path(tmp_path):
    never = "class Sick(Handler):\n    def do_GET(self): self.reply(503)\nserve(Sick)"
    error = start_error(script(tmp_path, never, ready="/healthz", ready_seconds=0.25))
    assert error.sentence.startswith("GET /healthz was not answered well within 0.2 s: the server answered 503")
    later = """
began = time.time()
class Later(Handler):
    def do_GET(self): self.reply(200 if time.time() - began > 0.1 else 503)
serve(Later)
"""

    async def work(config: Config, status: int) -> None:
        async with opened(config) as target:
            assert (await get(target)).status == status

    run(work(script(tmp_path, later), 200))
    absent = "class Absent(Handler):\n    def do_GET(self): self.reply(404)\nserve(Absent)"
    run(work(script(tmp_path, absent, ready="/healthz"), 404))


def test_accepting_without_answering(tmp_path):
    code = """
import socket
listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])))
time.sleep(60)
"""
    error = start_error(script(tmp_path, code, ready="/healthz", ready_seconds=0.25))
    assert error.sentence.startswith("GET /healthz was not answered well within 0.2 s: the server did not answer")


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        ("nosuchprogram server.js", 'The start command cannot run: there is no program "nosuchprogram" on PATH'),
        ("./app.py", 'The start command cannot run: "./app.py" is not executable.'),
    ],
)
def test_commands_that_cannot_run(tmp_path, start, sentence):
    assert start_error(script(tmp_path, "", start=start)).sentence.startswith(sentence)


def test_no_shell_reads_the_command(tmp_path):
    config = script(tmp_path, "serve()", start="{python} -S 'app.py' ; touch pwned && echo $HOME")

    async def work() -> None:
        async with opened(config) as target:
            assert (await get(target)).status == 200

    run(work())
    assert not (tmp_path / "pwned").exists()


def test_a_url_is_used_but_not_controlled():
    async def work(url: str) -> None:
        async with opened(url_config(url)) as target:
            assert not target.controllable
            assert (await get(target)).status == 200
            with pytest.raises(VerifierError, match="given as a URL"):
                await target.stop()

    with raw_server(answering(OK)) as url:
        run(work(url))
        run(work(url.replace("127.0.0.1", "localhost")))
    with pytest.raises(StartFailed, match="Nothing answers at"):
        run(work(url))
