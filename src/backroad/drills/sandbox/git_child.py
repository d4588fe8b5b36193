"""Runs shell commands in the folder `repo`, which holds a repository. Runs inside the child, with `-I -S`.

The request on standard input is `{"folder", "token", "commands", "ours", "setup", "tools": {name: path}, "exec_path"}`.
What goes back is one of `{"refused"}`, where this machine cannot contain it, `{"broken"}`, where it is not shell, and
`{"ended", "asked"}`: the exit code, and whether a command read what nobody typed. With `ours` the commands ship with
Backroad, and may run uncontained; with `setup` they stop at the first mistake, and their commits are Ada's.
"""

import json
import os
import subprocess
import sys
from glob import glob
from typing import Any

SYSTEM = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
READABLE = (*SYSTEM, "/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/usr/share/git-core")
DEVICES = ("/dev/urandom", "/dev/zero")
FILE_BYTES = 8 * 1024 * 1024
MEMORY = 256 * 1024 * 1024
CONFIG = """\
[user]
    name = Learner
    email = learner@example.com
[init]
    defaultBranch = main
[core]
    hooksPath = /dev/null
    preloadIndex = false
[advice]
    detachedHead = false
[gc]
    auto = 0
[maintenance]
    auto = false
[index]
    threads = 1
[pack]
    threads = 1
"""
ENVIRONMENT = {
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "C",
    "TERM": "dumb",
    "NO_COLOR": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_TEMPLATE_DIR": "",
    "GIT_EDITOR": "true",
    "GIT_PAGER": "cat",
    "PAGER": "cat",
    "GIT_MERGE_AUTOEDIT": "no",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "true",
    "GIT_SSH_COMMAND": "false",
    "GIT_ALLOW_PROTOCOL": "file",
}
AUTHORS = {
    True: ("Ada", "ada@example.com", "2026-01-05T09:00:00+00:00"),
    False: ("Learner", "learner@example.com", "2026-01-06T09:00:00+00:00"),
}
UNTYPED = b"\n\n\n\n"


def main() -> None:
    channel = int(sys.argv[1])
    request = json.load(sys.stdin)
    folder = request["folder"]
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    import guard  # type: ignore[import-not-found]

    def send(value: dict[str, Any]) -> None:
        os.write(channel, json.dumps({"token": request["token"], "value": value}).encode() + b"\n")

    guards = contained(guard, folder, request["tools"], request["exec_path"])
    if not request["ours"] and not {"landlock", "seccomp", "processes"} <= set(guards):
        send({"refused": True})
        return
    send(run(folder, request))


def contained(guard: Any, folder: str, tools: dict[str, str], exec_path: str) -> list[str]:
    loaders = [path for root in SYSTEM for path in (*glob(f"{root}/ld-*"), *glob(f"{root}/*/ld-*"))]
    guards: list[str] = guard.restrict(
        folder,
        readable=READABLE + DEVICES,
        runnable=[*tools.values(), exec_path, *loaders],
        writable=["/dev/null"],
        processes=True,
        seconds=20,
        file_bytes=FILE_BYTES,
        memory=MEMORY,
    )
    return guards


def run(folder: str, request: dict[str, Any]) -> dict[str, Any]:
    home, tools, work = (os.path.join(folder, name) for name in ("home", "bin", "repo"))
    for needed in (home, tools, work):
        os.makedirs(needed, exist_ok=True)
    for name, path in request["tools"].items():
        os.symlink(path, os.path.join(tools, name))
    script = os.path.join(home, "commands")
    write(os.path.join(home, ".gitconfig"), CONFIG)
    setup = request["setup"]
    write(script, ("set -e; " if setup else "PS4='$ '; set -x; ") + request["commands"] + "\n")
    environment = surroundings(folder, home, tools, setup)
    shell = request["tools"]["sh"]
    read = subprocess.run([shell, "-n", script], env=environment, capture_output=True)
    if read.returncode:
        return {"broken": last_line(read.stderr, script)}
    git = request["tools"]["git"]
    if os.path.isdir(os.path.join(work, ".git")):  # the files were copied: their times are others
        subprocess.run([git, "update-index", "-q", "--refresh"], cwd=work, env=environment, capture_output=True)
    with open(os.path.join(home, "typed"), "w+b", buffering=0) as typed:
        typed.write(UNTYPED)
        typed.seek(0)
        ran = subprocess.run(
            [shell, script],
            cwd=work,
            env=environment,
            stdin=typed,
            stdout=subprocess.DEVNULL if setup else sys.stdout,
            stderr=sys.stderr if setup else subprocess.STDOUT,
        )
        return {"ended": ran.returncode, "asked": typed.seek(0, os.SEEK_CUR) > 0}


def surroundings(folder: str, home: str, tools: str, setup: bool) -> dict[str, str]:
    name, email, date = AUTHORS[setup]
    found = ENVIRONMENT | {
        "PATH": tools,
        "HOME": home,
        "TMPDIR": home,
        "GIT_CEILING_DIRECTORIES": folder,
        "GIT_AUTHOR_DATE": date,
        "GIT_COMMITTER_DATE": date,
    }
    if setup:
        for role in ("AUTHOR", "COMMITTER"):
            found |= {f"GIT_{role}_NAME": name, f"GIT_{role}_EMAIL": email}
    return found


def write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def last_line(said: bytes, script: str) -> str:
    return said.decode("utf-8", "replace").strip().rpartition("\n")[2].replace(f"{script}: ", "line ", 1)


if __name__ == "__main__":
    main()
