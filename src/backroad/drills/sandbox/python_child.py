"""Runs a learner's Python and sends back what each call gives. Runs inside the child, with `-I -S`.

The request on standard input is `{"folder", "token", "code", "helpers", "calls": [expression], "seconds", "memory"}`.
For each call, in order and in one program, a line goes back: `{"value"}`, `{"raised", "said"}` or `{"unfit"}`. What the
calls should give is not in the request, so that nothing in here can know it.
"""

import _thread
import json
import os
import sys
import types
from collections.abc import Callable
from typing import Any

LONGEST_VALUE = 64 * 1024
MOST_PARTS = 20_000
# Refused by name of the audit event, or by its beginning where it ends with a dot.
REFUSED = {
    "socket.": "use the network", "urllib.Request": "use the network", "http.": "use the network",
    "subprocess.": "start other programs", "os.system": "start other programs", "os.exec": "start other programs",
    "os.posix_spawn": "start other programs", "os.spawn": "start other programs", "os.fork": "start other processes",
    "os.forkpty": "start other processes", "pty.": "start other processes", "os.kill": "send signals",
    "os.killpg": "send signals", "signal.pthread_kill": "send signals", "ctypes.": "use ctypes",
    "gc.get_objects": "look through memory", "gc.get_referrers": "look through memory",
    "gc.get_referents": "look through memory",
    "sys._current_frames": "look into other frames", "sys.addaudithook": "add audit hooks",
    "resource.": "change its limits", "os.chmod": "change permissions", "os.chown": "change permissions",
    "os.link": "make links", "os.symlink": "make links", "os.setxattr": "change permissions",
}  # fmt: skip
REFUSED_MODULES = {"ctypes", "_ctypes", "cffi", "backroad", "multiprocessing", "_multiprocessing", "_testcapi"}
PATHS = {
    "open": 0, "os.listdir": 0, "os.scandir": 0, "os.mkdir": 0, "os.rmdir": 0, "os.remove": 0, "os.rename": 1,
    "os.truncate": 0, "os.utime": 0, "shutil.rmtree": 0, "shutil.copyfile": 1, "shutil.move": 1, "glob.glob": 0,
    "sqlite3.connect": 0,
}  # fmt: skip


class Unfit(Exception):
    """A value that is not JSON, or too long."""


def main() -> None:
    channel = int(sys.argv[1])
    request = json.load(sys.stdin)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    import guard  # type: ignore[import-not-found]

    sys.path.remove(here)
    library = os.path.dirname(os.__file__)
    readable = [library, "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/etc/localtime"]
    readable += ["/dev/null", "/dev/urandom", os.path.join(sys.base_prefix, "lib")]
    _thread.stack_size(512 * 1024)
    guard.restrict(
        request["folder"],
        readable=readable,
        seconds=request["seconds"] + 1,
        file_bytes=1024 * 1024,
        memory=request["memory"],
    )
    send = sender(channel, request["token"])
    for name in ("guard", "ctypes", "_ctypes"):
        sys.modules.pop(name, None)
    sys.argv = ["answer.py"]
    sys.stdin.close()
    sys.stdin = open(os.devnull, encoding="utf-8")
    sys.addaudithook(hook(request["folder"], [library, *readable]))
    module = types.ModuleType("answer")
    sys.modules["answer"] = module
    try:
        exec(compile(request["code"], "answer.py", "exec"), module.__dict__)
        exec(compile(request["helpers"], "helpers.py", "exec"), module.__dict__)
    except BaseException as error:
        send({"broken": said(error)})
        return
    send({"loaded": True})
    for call in request["calls"]:
        send(outcome(call, module.__dict__))


def sender(channel: int, token: str) -> Callable[[dict[str, Any]], None]:
    dumps, write = json.dumps, os.write

    def send(value: dict[str, Any]) -> None:
        line = dumps({"token": token, "value": value}).encode() + b"\n"
        while line:
            line = line[write(channel, line) :]

    return send


def outcome(call: str, names: dict[str, Any]) -> dict[str, Any]:
    try:
        value = eval(call, names)
        if isinstance(value, types.CoroutineType):
            import asyncio

            value = asyncio.run(value)
        return {"value": plain(value)}
    except Unfit as error:
        return {"unfit": str(error)}
    except BaseException as error:
        return {"raised": type(error).__name__, "said": said(error)}


def plain(value: object) -> Any:
    """As JSON has it; a tuple becomes a list. The walk is bounded, so that an endless value ends."""
    parts = size = 0

    def walk(value: object, depth: int) -> Any:
        nonlocal parts, size
        parts += 1
        if parts > MOST_PARTS or size > LONGEST_VALUE or depth > 50:
            raise Unfit("a value that is too long to send")
        kind = type(value)
        if value is None or kind in (bool, float):
            return value
        if kind is int:
            if abs(value).bit_length() > 10_000:  # type: ignore[arg-type]
                raise Unfit("a number of more than 3,000 digits")
            return value
        if kind is str:
            size += len(value)  # type: ignore[arg-type]
            return value if size <= LONGEST_VALUE else walk(None, 99)
        if kind in (list, tuple):
            return [walk(item, depth + 1) for item in value]  # type: ignore[attr-defined]
        if kind is dict:
            for key in value:  # type: ignore[attr-defined]
                if type(key) is not str:
                    raise Unfit(f"a dict with the key {short(key)}, which is not text")
                size += len(key)
            return {key: walk(item, depth + 1) for key, item in value.items()}  # type: ignore[attr-defined]
        name = kind.__name__
        raise Unfit(f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}, not a plain value")

    return walk(value, 0)


def short(value: object) -> str:
    text = repr(value)
    return text if len(text) < 60 else text[:60] + "…"


def said(error: BaseException) -> str:
    """The exception in one line, with the line of the answer where it came from."""
    name = type(error).__name__
    try:
        text = str(error).strip().split("\n")[0][:300]
    except BaseException:
        text = ""
    line = error.lineno if isinstance(error, SyntaxError) else None
    if isinstance(error, SyntaxError):
        text = str(error.msg)
    trace = error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "answer.py":
            line = trace.tb_lineno
        trace = trace.tb_next
    return name + (f": {text}" if text else "") + (f" (line {line})" if line else "")


def hook(folder: str, readable: list[str]) -> Callable[[str, tuple[Any, ...]], None]:
    """Refuses what a drill has no need for. A net for accidents: what holds against malice is in `guard.py`."""
    own = os.path.realpath(folder)
    roots = tuple(os.path.realpath(path) for path in readable)
    realpath, fsdecode = os.path.realpath, os.fsdecode
    refused, beginnings, modules, paths = (
        dict(REFUSED),
        tuple(n for n in REFUSED if n[-1] == "."),
        REFUSED_MODULES,
        PATHS,
    )
    local = ("socket.__new__",)
    writing = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def inside(path: str, roots: tuple[str, ...]) -> bool:
        real = realpath(path)
        return any(real == root or real.startswith(root + "/") for root in roots)

    def judge(event: str, arguments: tuple[Any, ...]) -> None:
        what = refused.get(event) or next((refused[start] for start in beginnings if event.startswith(start)), None)
        if event in local and arguments[1] == 1:
            what = None  # a pair of connected sockets is what an event loop wakes itself with
        if what:
            raise PermissionError(f"an answer may not {what}")
        if event == "import" and arguments[0].partition(".")[0] in modules:
            raise PermissionError(f"an answer may not import {arguments[0].partition('.')[0]}")
        if event in paths:
            for path in arguments[: paths[event] + 1]:
                check(event, path, arguments)

    def check(event: str, path: object, arguments: tuple[Any, ...]) -> None:
        if not isinstance(path, str | bytes | os.PathLike):
            return
        name = fsdecode(path)
        if inside(name, (own,)) or name == ":memory:":
            return
        changes = event not in ("open", "os.listdir", "os.scandir", "glob.glob")
        if event == "open":
            mode, flags = arguments[1], arguments[2]
            changes = bool(flags & writing) if isinstance(flags, int) else any(c in str(mode) for c in "wax+")
        if changes or not inside(name, roots):
            raise PermissionError(
                f"an answer may not {'change' if changes else 'open'} files outside its folder: {name}"
            )

    return judge


if __name__ == "__main__":
    main()
