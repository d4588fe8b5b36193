"""Reads the state of a repository that somebody else left. Runs inside the child, with `-I -S`.

The folder of the request holds a copy: `repo`, and `server.git` where there is one. Its settings are thrown away
first, so that nothing in them can run or deceive: only Git's plumbing is called then, which runs no hook, filter or
pager. What goes back is `State` of `repository/state.py`, or `{"unreadable": why}`.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

MOST_COMMITS = 300
MOST_FILES = 500
LONGEST_TEXT = 64 * 1024
LONGEST_FILE = 1024 * 1024
PICTURE = (40, 100)
"""Lines, and characters of one."""
CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = false\n\tlogallrefupdates = true\n"
DOING = {
    "MERGE_HEAD": "a merge",
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
    "BISECT_LOG": "a bisection",
}


class Unreadable(Exception):
    """Why, as half a sentence."""


def main() -> None:
    channel = int(sys.argv[1])
    request = json.load(sys.stdin)
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path.insert(0, here)
    import git_child  # type: ignore[import-not-found]
    import guard  # type: ignore[import-not-found]

    git_child.contained(guard, request["folder"], request["tools"], request["exec_path"])
    try:
        found = read(request["folder"], request["tools"]["git"])
    except Unreadable as error:
        found = {"unreadable": str(error)}
    except (OSError, ValueError, IndexError, MemoryError) as error:
        found = {"unreadable": f"it is damaged ({type(error).__name__}: {str(error)[:120]})"}
    line = json.dumps({"token": request["token"], "value": found}).encode() + b"\n"
    while line:
        line = line[os.write(channel, line) :]


def read(folder: str, git: str) -> dict[str, Any]:
    work, server = os.path.join(folder, "repo"), os.path.join(folder, "server.git")
    return {
        "repo": Reader(os.path.join(work, ".git"), work, git).read(),
        "server": Reader(server, "", git).read() if os.path.lexists(server) else None,
    }


class Reader:
    """Of one repository; `work` is empty for one without a working tree."""

    def __init__(self, folder: str, work: str, git: str) -> None:
        self.folder, self.work, self.git = folder, work, git
        if os.path.islink(folder) or not os.path.isdir(folder) or os.path.islink(work):
            raise Unreadable("there is no repository any more")
        disarm(folder)
        self.environment = {
            "PATH": os.defpath,
            "HOME": "/nonexistent",
            "LC_ALL": "C",
            "GIT_DIR": folder,
            "GIT_COMMON_DIR": folder,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_NO_REPLACE_OBJECTS": "1",
            "GIT_GRAFT_FILE": os.devnull,
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_PAGER": "cat",
        } | ({"GIT_WORK_TREE": work} if work else {})

    def ask(self, *arguments: str) -> bytes:
        ran = subprocess.run(
            [self.git, *arguments],
            cwd=self.work or self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
        )
        if ran.returncode:
            raise Unreadable(f"Git cannot read it ({text(ran.stderr).strip().rpartition(chr(10))[2][:160]})")
        return ran.stdout

    def read(self) -> dict[str, Any]:
        refs, annotated = self.refs()
        stash = self.stash()
        head = self.head()
        with Objects(self.git, self.environment) as objects:
            commits = objects.commits([*refs.values(), *stash, *([head] if "/" not in head else [])])
            texts = objects.texts({blob for commit in commits.values() for blob in commit["files"].values()})
            index, conflicts = self.index() if self.work else ({}, [])
            texts |= objects.texts(set(index.values()) - set(texts))
        disk = self.disk(texts) if self.work else {}
        return {
            "head": head,
            "refs": refs,
            "annotated": annotated,
            "stash": stash,
            "commits": commits,
            "texts": texts,
            "index": index,
            "conflicts": conflicts,
            "disk": disk,
            "untracked": self.untracked() if self.work else [],
            "doing": sorted({what for name, what in DOING.items() if os.path.lexists(os.path.join(self.folder, name))}),
            "picture": self.picture() if commits else "",
        }

    def refs(self) -> tuple[dict[str, str], list[str]]:
        """Full names and the commits that they come to; and those that are annotated tags."""
        found, annotated = {}, []
        form = "%(refname) %(objecttype) %(objectname) %(*objecttype) %(*objectname)"
        for line in text(self.ask("for-each-ref", f"--format={form}")).splitlines():
            name, kind, target, *peeled = line.split()
            if name == "refs/stash" or name.endswith("/HEAD"):
                continue
            if kind == "tag":
                annotated.append(name)
                kind, target = peeled
            if kind == "commit":
                found[name] = target
        return found, annotated

    def head(self) -> str:
        """A full name, or an id where HEAD is detached."""
        with open(os.path.join(self.folder, "HEAD"), encoding="utf-8", errors="replace") as file:
            said = file.read(500).strip()
        return said.removeprefix("ref:").strip()

    def stash(self) -> list[str]:
        """Ids, newest first."""
        path = os.path.join(self.folder, "logs", "refs", "stash")
        if not self.ask("for-each-ref", "refs/stash") or not os.path.isfile(path):
            return []
        with open(path, encoding="utf-8", errors="replace") as file:
            return [line.split()[1] for line in file.read(LONGEST_TEXT).splitlines()][::-1]

    def index(self) -> tuple[dict[str, str], list[str]]:
        """Paths with their blobs, and the paths in conflict."""
        found, conflicts = {}, set()
        for entry in filter(None, self.ask("ls-files", "-s", "-z").split(b"\0")):
            about, _, path = entry.partition(b"\t")
            _, blob, stage = text(about).split()
            if stage == "0":
                found[text(path)] = blob
            else:
                conflicts.add(text(path))
        return bounded(found), sorted(conflicts)

    def untracked(self) -> list[str]:
        said = self.ask("ls-files", "--others", "--exclude-standard", "-z").split(b"\0")
        return [text(path) for path in said if path and not path.endswith(b".DS_Store")][:MOST_FILES]

    def disk(self, texts: dict[str, str]) -> dict[str, str]:
        """Paths with the blobs that Git would make of the files; adds what they hold to `texts`."""
        found: dict[str, str] = {}
        waiting = [""]
        while waiting:
            below = waiting.pop()
            with os.scandir(os.path.join(self.work, below)) as entries:
                for entry in entries:
                    path = os.path.join(below, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        waiting += [path] if entry.name != ".git" else []
                        continue
                    content = contents(entry)
                    if content is not None:
                        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
                        found[printable(path)] = blob
                        texts[blob] = text(content[:LONGEST_TEXT])
                    bounded(found)
            if len(waiting) > MOST_FILES:
                raise Unreadable(f"it has more than {MOST_FILES} folders")
        return found

    def picture(self) -> str:
        """The graph of all commits, with names and subjects and without ids."""
        lines, width = PICTURE
        said = self.ask(
            "log", "--graph", "--topo-order", "--exclude=refs/stash", "--exclude=refs/remotes/*/HEAD", "--all",
            f"--max-count={lines}", "--no-color", "--no-show-signature", "--decorate=short", "--format=%s%d",
        )  # fmt: skip
        return "\n".join(line.rstrip()[:width] for line in text(said).splitlines()[: lines * 2])


class Objects:
    """One `git cat-file` that is asked for one object after another."""

    def __init__(self, git: str, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [git, "cat-file", "--batch"],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self.process.stdin
        assert self.process.stdout
        self.stdin, self.stdout = self.process.stdin, self.process.stdout
        self.size = 0

    def __enter__(self) -> "Objects":
        return self

    def __exit__(self, *_: object) -> None:
        self.stdin.close()
        self.stdout.close()
        self.process.wait()

    def get(self, name: str) -> tuple[str, bytes]:
        self.stdin.write(f"{name}\n".encode())
        self.stdin.flush()
        words = text(self.stdout.readline()).split()
        if len(words) != 3:
            raise Unreadable("an object of it is missing")
        size = int(words[2])
        self.size += size
        if size > LONGEST_FILE or self.size > 8 * LONGEST_FILE:
            raise Unreadable("it holds more than a drill needs")
        content = self.stdout.read(size + 1)[:size]
        return words[1], content

    def commits(self, heads: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        waiting = list(heads)
        while waiting:
            name = waiting.pop()
            if name in found:
                continue
            if len(found) == MOST_COMMITS:
                raise Unreadable(f"it has more than {MOST_COMMITS} commits")
            kind, content = self.get(name)
            if kind != "commit":
                raise Unreadable("a branch of it names no commit")
            about, _, message = text(content).partition("\n\n")
            lines = [line.partition(" ") for line in about.split("\n")]
            tree = next(value for key, _, value in lines if key == "tree")
            author = next(value for key, _, value in lines if key == "author")
            parents = [value for key, _, value in lines if key == "parent"]
            found[name] = {
                "parents": parents,
                "message": message[:LONGEST_TEXT],
                "author": author.rpartition(">")[0] + ">",
                "files": bounded(dict(self.files(tree))),
            }
            waiting += parents
        return found

    def files(self, tree: str) -> Iterator[tuple[str, str]]:
        waiting = [("", tree)]
        while waiting:
            below, name = waiting.pop()
            _, content = self.get(name)
            if len(waiting) > MOST_FILES:
                raise Unreadable(f"it has more than {MOST_FILES} folders")
            while content:
                about, _, rest = content.partition(b"\0")
                mode, _, entry = about.partition(b" ")
                path, target = os.path.join(below, text(entry)), rest[:20].hex()
                content = rest[20:]
                if mode == b"40000":
                    waiting.append((path, target))
                else:
                    yield path, target if mode != b"160000" else "submodule"

    def texts(self, blobs: set[str]) -> dict[str, str]:
        bounded(blobs)
        return {blob: text(self.get(blob)[1][:LONGEST_TEXT]) for blob in sorted(blobs - {"submodule"})}


def disarm(folder: str) -> None:
    """Takes out whatever could lead to other files or programs."""
    for name in ("config", "config.worktree", "commondir", "info/attributes", "info/grafts", "objects/info/alternates"):
        path = os.path.join(folder, name)
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.remove(path)
    with open(os.path.join(folder, "config"), "x", encoding="utf-8") as file:
        file.write(CONFIG)


def contents(entry: "os.DirEntry[str]") -> bytes | None:
    """Of a file, or where a link leads; None for what is neither."""
    if entry.is_symlink():
        return os.readlink(os.fsencode(entry.path))
    if not entry.is_file(follow_symlinks=False):
        return None
    if entry.stat(follow_symlinks=False).st_size > LONGEST_FILE:
        raise Unreadable(f"the file {printable(entry.name)[:80]} is longer than 1 MiB")
    with open(entry.path, "rb") as file:
        return file.read(LONGEST_FILE)


def bounded(found: Any) -> Any:
    if len(found) > MOST_FILES:
        raise Unreadable(f"it has more than {MOST_FILES} files")
    return found


def text(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def printable(path: str) -> str:
    return text(os.fsencode(path))


if __name__ == "__main__":
    main()
