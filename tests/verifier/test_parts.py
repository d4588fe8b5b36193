"""A target of several processes, each of which can be ended and started alone."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest
import uvloop

from backroad.verifier import Config, StartFailed, Target, VerifierError, read_config
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.launching import accepts
from tests.verifier.servers import HTTP, script

pytestmark = pytest.mark.slow

SERVES = "\nserve()\n"
TELLS = """
class Tell(Handler):
    def do_GET(self): self.reply(body="\\n".join(f"{k}={v}" for k, v in sorted(os.environ.items())).encode())
serve(Tell)
"""


def run(work: Awaitable[None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Target]:
    target = Target.of(config)
    try:
        await target.open()
        yield target
    finally:
        target.close()


def several(folder: Path, **parts: str) -> Config:
    """A front door that tells its environment, and parts that run this code."""
    commands = {}
    for name, code in parts.items():
        file = f"{name}.py"
        (folder / file).write_text(HTTP + code)
        commands[name.replace("_", "-")] = f"{{python}} -S {file}"
    return script(folder, TELLS, parts=commands)


async def told(address: tuple[str, int]) -> dict[str, str]:
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(int(head.split(b"Content-Length: ")[1].split(b"\r")[0]))
    writer.close()
    return dict(line.split("=", 1) for line in body.decode(errors="replace").split("\n") if "=" in line)


async def listening(address: tuple[str, int]) -> None:
    for _ in range(400):
        if accepts(address):
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"nothing listens on {address}")


def test_everybody_is_told_where_the_parts_are(tmp_path):
    async def work() -> None:
        async with opened(several(tmp_path, stock=TELLS, back_office=SERVES)) as target:
            stock = target.part("stock")
            await listening(stock.address)
            front, behind = await told(target.address), await told(stock.address)
            for one in (front, behind):
                assert one["PART_PORT_STOCK"] == str(stock.address[1])
                assert urlsplit(one["PART_URL_BACK_OFFICE"]).port == target.part("back-office").address[1]
                assert one["DATA_DIR"] == str(target.data_dir)
                assert one["BASE_URL"] == target.base_url
            assert (front["PORT"], behind["PORT"]) == (str(target.address[1]), str(stock.address[1]))

    run(work())


def test_a_part_is_killed_and_started_alone(tmp_path):
    async def work() -> None:
        async with opened(several(tmp_path, stock=SERVES, other=SERVES)) as target:
            stock, other = target.part("stock"), target.part("other")
            await listening(stock.address)
            await listening(other.address)
            await stock.kill()
            assert (stock.alive, other.alive, accepts(stock.address)) == (False, True, False)
            assert not await target.down()
            assert target.parts.lost() == "", "it was meant to be down"
            with pytest.raises(VerifierError, match="The part stock is not running"):
                await stock.stop()
            await stock.start()
            assert stock.alive
            with pytest.raises(VerifierError, match="runs already"):
                await stock.start()
            await listening(stock.address)
            stopped = await stock.restart()
            assert stopped.exit_code == -15
            assert stock.alive

    run(work())


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_all_parts_end_with_the_target_and_come_back_with_it(tmp_path, how):
    async def work() -> None:
        async with opened(several(tmp_path, stock=SERVES)) as target:
            members = target.tree()
            assert len(members) == 2
            await getattr(target, how)()
            assert not any(map(psutil.Process.is_running, members))
            assert not target.part("stock").alive
            await target.start()
            assert target.part("stock").alive

    run(work())


def test_the_exit_code_of_a_part_counts(tmp_path):
    leaves = "\nsignal.signal(signal.SIGTERM, lambda *_: os._exit(3))\nserve()\n"

    async def work() -> None:
        config = several(tmp_path, stock=leaves)
        (tmp_path / "app.py").write_text(HTTP + "signal.signal(signal.SIGTERM, lambda *_: os._exit(0))\nserve()\n")
        async with opened(config) as target:
            await listening(target.part("stock").address)
            assert (await target.stop()).exit_code == 3

    run(work())


def test_a_part_that_ended_by_itself_is_named_and_mended(tmp_path):
    async def work() -> None:
        async with opened(several(tmp_path, stock=SERVES, other=SERVES)) as target:
            stock, other = target.part("stock"), target.part("other")
            for process in stock.tree():
                process.kill()
            for _ in range(200):
                if not stock.alive:
                    break
                await asyncio.sleep(0.01)
            assert target.parts.lost() == "its part stock with exit code -9"
            await other.kill()
            mended = await target.parts.mend()
            assert mended == [
                "the part stock: it had ended by itself", "the part other: the check left it stopped",
            ]  # fmt: skip
            assert stock.alive
            assert target.parts.lost() == ""

    run(work())


def test_a_part_that_does_not_start_is_named(tmp_path):
    async def work() -> None:
        config = several(tmp_path, stock="\nsys.exit('no broker')\n")
        (tmp_path / "app.py").write_text(f"{HTTP}\ntime.sleep(1)\nserve()\n")
        async with opened(config):
            pass

    with pytest.raises(StartFailed, match=r"(?s)^The part stock exited with code 1; .*no broker"):
        run(work())


def test_without_parts_the_reason_is_said(tmp_path):
    async def work() -> None:
        async with opened(script(tmp_path, SERVES)) as target:
            with pytest.raises(Unavailable, match=r"which backroad\.toml does not name") as missing:
                target.part("stock")
            assert "[server.parts]" in missing.value.hint

    run(work())


def test_another_instance_has_the_same_parts(tmp_path):
    async def work() -> None:
        async with opened(several(tmp_path, stock=SERVES)) as target:
            twin = target.twin({})
            try:
                await twin.start()
                one, other = await told(target.address), await told(twin.address)
                assert one["PART_URL_STOCK"] == other["PART_URL_STOCK"]
            finally:
                twin.close()
            assert target.part("stock").alive

    run(work())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[server]\nstart = "a"\n[server.parts]\nStock = "b"', "server.parts.Stock is no name of a part"),
        ('[server]\nstart = "a"\n[server.parts]\nstock = "b \'"', "server.parts.stock cannot be read as a command"),
        (
            '[server]\nurl = "http://127.0.0.1:1"\n[server.parts]\nstock = "b"',
            "server.parts and url cannot both be given",
        ),
    ],
)
def test_mistakes_in_the_configuration(tmp_path, text, sentence):
    (tmp_path / "backroad.toml").write_text(text)
    with pytest.raises(VerifierError, match=sentence):
        read_config(tmp_path)
