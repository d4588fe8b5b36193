"""What a repository holds, as plain values: what goals are judged on."""

import re
from collections.abc import Iterator

import msgspec

_STEPS = re.compile(r"[~^]\d*")
_NAMED = re.compile(r"(.+?)((?:[~^]\d*)*)")
_PLACES = ("refs/heads/", "refs/tags/", "refs/remotes/")
SERVER = "server:"


class Commit(msgspec.Struct, frozen=True):
    """`files` maps paths to the ids of their contents."""

    parents: tuple[str, ...]
    message: str
    author: str
    files: dict[str, str]

    @property
    def subject(self) -> str:
        return self.message.strip().partition("\n")[0]


class Repository(msgspec.Struct, frozen=True, kw_only=True):
    """`head` is a full name, or an id where it is detached; `refs` maps full names to commits; `disk` are the files in
    the folder, `index` what is staged. `doing` says which commands are unfinished: "a merge", "a rebase"."""

    head: str
    refs: dict[str, str]
    annotated: tuple[str, ...]
    stash: tuple[str, ...]
    commits: dict[str, Commit]
    texts: dict[str, str]
    index: dict[str, str]
    conflicts: tuple[str, ...]
    disk: dict[str, str]
    untracked: tuple[str, ...]
    doing: tuple[str, ...]
    picture: str

    @property
    def branch(self) -> str:
        """Empty where HEAD is detached."""
        return self.head.removeprefix("refs/heads/") if self.head.startswith("refs/heads/") else ""

    def find(self, name: str) -> str:
        """The id of the commit that `main`, `HEAD~2`, `v1.0^` or `origin/main` means; empty where there is none."""
        found = _NAMED.fullmatch(name)
        if not found:
            return ""
        commit = self.named(found[1])
        for step in _STEPS.findall(found[2]):
            count = int(step[1:] or 1)
            for wanted in [1] * min(count, len(self.commits) + 1) if step[0] == "~" else [count]:
                parents = self.commits[commit].parents if commit in self.commits else ()
                commit = parents[wanted - 1] if 0 < wanted <= len(parents) else ""
        return commit

    def named(self, name: str) -> str:
        if name == "HEAD":
            return self.refs.get(self.head, "") if "/" in self.head else self.head
        if name == "stash":
            return self.stash[0] if self.stash else ""
        return next((self.refs[place + name] for place in _PLACES if place + name in self.refs), "")

    def reach(self, *commits: str) -> frozenset[str]:
        """These commits and all before them."""
        found: set[str] = set()
        waiting = [commit for commit in commits if commit in self.commits]
        while waiting:
            commit = waiting.pop()
            if commit not in found:
                found.add(commit)
                waiting += self.commits[commit].parents
        return frozenset(found)

    def line(self, last: str, before: str = "") -> Iterator[Commit]:
        """A commit and its first parents, newest first, up to what `before` has too."""
        known = self.reach(before)
        while last and last not in known:
            yield self.commits[last]
            last = self.commits[last].parents[0] if self.commits[last].parents else ""

    def changes(self) -> list[str]:
        """What is not committed, a sentence's end for each: "`a.py` is in conflict"."""
        here = self.find("HEAD")
        committed = self.commits[here].files if here else {}
        staged = sorted(path for path in {*committed, *self.index} if committed.get(path) != self.index.get(path))
        edited = sorted(path for path, blob in self.index.items() if self.disk.get(path) != blob)
        return [
            *(f"`{path}` is in conflict" for path in self.conflicts),
            *(f"`{path}` is staged and not committed" for path in staged if path not in self.conflicts),
            *(f"`{path}` is changed and not staged" for path in edited),
            *(f"`{path}` is not tracked" for path in self.untracked),
        ]

    def shape(self) -> dict[str, object]:
        """All that matters about it but ids and times, so that two can be compared that were made at other times."""
        known: dict[str, int] = {}

        def shape(commit: str) -> int:
            waiting = [commit]
            while waiting:
                last = waiting[-1]
                parents = self.commits[last].parents
                missing = [parent for parent in parents if parent not in known]
                if missing:
                    waiting += missing
                    continue
                made = self.commits[last]
                known[last] = hash((made.message.strip(), *sorted(made.files.items()), *(known[p] for p in parents)))
                waiting.pop()
            return known[commit]

        return {
            "head": self.head if "/" in self.head else shape(self.head),
            "refs": {name: shape(commit) for name, commit in self.refs.items()},
            "annotated": self.annotated,
            "stash": [sorted(self.commits[commit].files.items()) for commit in self.stash],
            "files": (self.index, self.disk, self.conflicts, self.untracked),
            "doing": self.doing,
        }


class State(msgspec.Struct, frozen=True):
    """`server` is the repository to which one pushes, where the drill has one."""

    repo: Repository
    server: Repository | None = None

    def at(self, name: str) -> tuple[Repository, str]:
        """Where to look for `main` or `server:main`, and the name there."""
        if name.startswith(SERVER) and self.server:
            return self.server, name.removeprefix(SERVER)
        return self.repo, name

    def find(self, name: str) -> str:
        repository, rest = self.at(name)
        return repository.find(rest)

    def commit(self, name: str) -> Commit | None:
        repository, rest = self.at(name)
        return repository.commits.get(repository.find(rest))

    @property
    def repositories(self) -> tuple[Repository, ...]:
        return (self.repo, self.server) if self.server else (self.repo,)

    @property
    def shape(self) -> list[dict[str, object]]:
        return [repository.shape() for repository in self.repositories]

    @property
    def picture(self) -> str:
        lines = [self.repo.picture or "no commits"]
        if not self.repo.branch:
            lines.append("HEAD is detached.")
        lines += [f"{what[0].upper()}{what[1:]} is unfinished." for what in self.repo.doing]
        if self.repo.stash:
            lines.append(f"In the stash: {len(self.repo.stash)}.")
        if self.server:
            lines += ["", "On the server:", self.server.picture or "no commits"]
        return "\n".join(lines)
