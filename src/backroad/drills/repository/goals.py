"""What is asked of a repository's state: one goal, one claim, one test. The list of tests is `TESTS`, below.

A commit is written as in Git: `main`, `HEAD~1`, `v1.0`, `origin/main`; `stash` is the newest entry there, and
`server:main` is the branch in the repository to which one pushes. `at` is such a commit, or `index`, or `disk`.
"""

from collections.abc import Callable, Sequence

from backroad.drills.repository.goal import Goal, Seen, Test
from backroad.drills.repository.state import Commit, Repository, State

LONGEST_SHOWN = 1500


def judge(goal: Goal, state: State, began: State) -> Seen:
    """`began` is what the setup left."""
    seen = TESTS[goal.test].judge(goal, state, began)
    return Seen(seen.ok, _short(seen.given), _short(seen.wanted))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _lines(texts: Sequence[str], none: str) -> str:
    return "\n".join(texts) or none


def _no_commit(name: str) -> str:
    return f"there is no commit called {name}"


def _file(goal: Goal, state: State, began: State) -> Seen:
    path, content = goal.text, _content(goal, state)
    if goal.get("absent"):
        return Seen(content is None, "it is there" if content is not None else "no such file", "no such file")
    wanted = list(goal.texts("is"))
    wanted += [f"the file {path}"] if len(goal.more) == (goal.get("at") is not None) else []
    wanted += [f"with {text!r}" for text in goal.texts("contains")] + [
        f"without {text!r}" for text in goal.texts("lacks")
    ]
    if content is None:
        there = goal.at in ("disk", "index") or state.commit(goal.at)
        return Seen(False, f"no file {path}" if there else _no_commit(goal.at), _lines(wanted, ""))
    ok = (
        all(content.strip() == text.strip() for text in goal.texts("is"))
        and all(text in content for text in goal.texts("contains"))
        and not any(text in content for text in goal.texts("lacks"))
    )
    return Seen(ok, content.rstrip("\n") or "an empty file", _lines(wanted, "an empty file").rstrip("\n"))


def _content(goal: Goal, state: State) -> str | None:
    if goal.at == "disk":
        repository, files = state.repo, state.repo.disk
    elif goal.at == "index":
        repository, files = state.repo, state.repo.index
    else:
        repository, name = state.at(goal.at)
        commit = repository.commits.get(repository.find(name))
        files = commit.files if commit else {}
    blob = files.get(goal.text)
    return None if blob is None else repository.texts.get(blob, "")


def _log(goal: Goal, state: State, began: State) -> Seen:
    """`a..b` leaves out what `a` has too."""
    before, dots, last = goal.text.rpartition("..")
    repository, name = state.at(last)
    commit = repository.find(name)
    wanted = goal.texts("is")
    if not commit or (dots and not state.find(before)):
        return Seen(False, _no_commit(before if commit else last), _lines(wanted, "no commits"))
    subjects = tuple(commit.subject for commit in repository.line(commit, state.find(before) if dots else ""))
    return Seen(subjects == wanted, _lines(subjects, "no commits"), _lines(wanted, "no commits"))


def _touches(goal: Goal, state: State, began: State) -> Seen:
    """The paths in which a commit differs from its first parent."""
    wanted = sorted(goal.texts("touches"))
    repository, name = state.at(goal.at)
    commit = repository.commits.get(repository.find(name))
    if commit is None:
        return Seen(False, _no_commit(goal.at), _lines(wanted, "no files"))
    before = repository.commits[commit.parents[0]].files if commit.parents else {}
    paths = sorted(path for path in {*before, *commit.files} if before.get(path) != commit.files.get(path))
    return Seen(paths == wanted, _lines(paths, "no files"), _lines(wanted, "no files"))


def _message(goal: Goal, state: State, began: State) -> Seen:
    commit = state.commit(goal.at)
    wanted = f"with {goal.text!r}"
    if commit is None:
        return Seen(False, _no_commit(goal.at), wanted)
    return Seen(goal.text in commit.message, commit.message.strip(), wanted)


def _author(goal: Goal, state: State, began: State) -> Seen:
    commit = state.commit(goal.at)
    return Seen(
        commit is not None and commit.author == goal.text, commit.author if commit else _no_commit(goal.at), goal.text
    )


def _parents(goal: Goal, state: State, began: State) -> Seen:
    commit = state.commit(goal.at)
    count = len(commit.parents) if commit else 0
    wanted = _counted(goal.number, "parent")
    return Seen(
        commit is not None and count == goal.value, _counted(count, "parent") if commit else _no_commit(goal.at), wanted
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _ancestor(goal: Goal, state: State, began: State) -> Seen:
    first, second = goal.pair
    repository, name = state.at(second)
    older, newer = state.find(first), repository.find(name)
    if not older or not newer:
        return Seen(False, _no_commit(second if older else first), f"{second} has all commits of {first}")
    ok = older in repository.reach(newer)
    return Seen(ok, f"{second} {'has' if ok else 'lacks'} commits of {first}", f"{second} has all commits of {first}")


def _apart(goal: Goal, state: State, began: State) -> Seen:
    first, second = goal.pair
    seen = _ancestor(goal, state, began)
    missing = not state.find(first) or not state.find(second)
    given = seen.given if missing else f"{second} {'has' if seen.ok else 'lacks'} the commit {first}"
    return Seen(not seen.ok and not missing, given, f"{second} without the commit {first}")


def _same(goal: Goal, state: State, began: State) -> Seen:
    return _alike(goal, state, state.find)


def _same_files(goal: Goal, state: State, began: State) -> Seen:
    def files(name: str) -> object:
        commit = state.commit(name)
        return commit and commit.files

    return _alike(goal, state, files)


def _alike(goal: Goal, state: State, of: Callable[[str], object]) -> Seen:
    first, second = goal.pair
    what = "files" if goal.test == "same_files" else "commit"
    wanted = (
        f"{first} and {second} are the same {what}" if what == "commit" else f"{first} and {second} have the same files"
    )
    for name in goal.pair:
        if not state.find(name):
            return Seen(False, _no_commit(name), wanted)
    ok = of(first) == of(second)
    return Seen(
        ok, wanted if ok else f"{first} is {_named(state, first)!r}, {second} is {_named(state, second)!r}", wanted
    )


def _named(state: State, name: str) -> str:
    commit = state.commit(name)
    return commit.subject if commit else ""


def _unchanged(goal: Goal, state: State, began: State) -> Seen:
    now, then = state.find(goal.text), began.find(goal.text)
    wanted = f"{goal.text} at {_named(began, goal.text)!r}, as it was"
    given = f"{goal.text} at {_named(state, goal.text)!r}, another commit" if now else _no_commit(goal.text)
    return Seen(now == then, wanted if now == then else given, wanted)


def _kept(goal: Goal, state: State, began: State) -> Seen:
    """Whatever was in it is still in it: nothing was rewritten."""
    repository, name = state.at(goal.text)
    then = began.find(goal.text)
    ok = then in repository.reach(repository.find(name))
    wanted = f"{goal.text} with every commit that it had"
    return Seen(ok, wanted if ok else f"{goal.text} without {_named(began, goal.text)!r} as it was", wanted)


def _exists(goal: Goal, state: State, began: State) -> Seen:
    there = bool(state.find(goal.text))
    return Seen(there, f"{goal.text} is there" if there else _no_commit(goal.text), f"{goal.text} is there")


def _missing(goal: Goal, state: State, began: State) -> Seen:
    there = bool(state.find(goal.text))
    return Seen(not there, f"{goal.text} is there" if there else f"no {goal.text}", f"no {goal.text}")


def _branch(goal: Goal, state: State, began: State) -> Seen:
    return Seen(state.repo.branch == goal.text, state.repo.branch or "HEAD is detached", goal.text)


def _tag(goal: Goal, state: State, began: State) -> Seen:
    repository, name = state.at(goal.text)
    target = repository.refs.get(f"refs/tags/{name}", "")
    kind = "an annotated tag" if goal.get("annotated") else "a tag"
    subject = _named(state, goal.at)
    wanted = f"{kind} {name} at {subject!r}"
    if not target:
        return Seen(False, f"no tag {name}", wanted)
    annotated = f"refs/tags/{name}" in repository.annotated
    ok = target == state.find(goal.at) and (annotated or not goal.get("annotated"))
    there = f"{'an annotated' if annotated else 'a lightweight'} tag {name} at {repository.commits[target].subject!r}"
    return Seen(ok, there, wanted)


def _stash(goal: Goal, state: State, began: State) -> Seen:
    count = len(state.repo.stash)
    return Seen(count == goal.value, _entries(count), _entries(goal.number))


def _entries(count: int) -> str:
    return f"{count} entr{'y' if count == 1 else 'ies'} in the stash"


def _nowhere(goal: Goal, state: State, began: State) -> Seen:
    """In no file of any commit that a branch or a tag has, here or on the server."""
    found = [
        f"in {path} of {commit.subject!r}"
        for repository in state.repositories
        for commit in _reached(repository)
        for path, blob in commit.files.items()
        if goal.text in repository.texts.get(blob, "")
    ]
    return Seen(not found, _lines(sorted(set(found)), "in no commit"), "in no commit")


def _no_path(goal: Goal, state: State, began: State) -> Seen:
    found = [
        f"in {commit.subject!r}"
        for repository in state.repositories
        for commit in _reached(repository)
        if goal.text in commit.files
    ]
    return Seen(not found, _lines(sorted(set(found)), "in no commit"), "in no commit")


def _reached(repository: Repository) -> list[Commit]:
    return [repository.commits[name] for name in repository.reach(*repository.refs.values())]


def _clean(goal: Goal, state: State, began: State) -> Seen:
    left = [*state.repo.changes(), *(f"{what} is unfinished" for what in state.repo.doing)]
    return Seen(not left, _lines(left, "nothing is left to commit"), "nothing is left to commit")


def _finished(goal: Goal, state: State, began: State) -> Seen:
    left = [f"{what} is unfinished" for what in state.repo.doing]
    return Seen(not left, _lines(left, "nothing is unfinished"), "nothing is unfinished")


_AT: dict[str, type | str] = {"at": str}
TESTS: dict[str, Test] = {
    "file": Test(_file, str, {"at": str, "is": str, "contains": "texts", "lacks": "texts", "absent": bool}),
    "log": Test(_log, str, {"is": "texts"}, needs="is"),
    "touches": Test(_touches, "texts", _AT),
    "message": Test(_message, str, _AT),
    "author": Test(_author, str, _AT),
    "parents": Test(_parents, int, _AT),
    "ancestor": Test(_ancestor, "pair"),
    "apart": Test(_apart, "pair"),
    "same": Test(_same, "pair"),
    "same_files": Test(_same_files, "pair"),
    "unchanged": Test(_unchanged, str),
    "kept": Test(_kept, str),
    "exists": Test(_exists, str),
    "missing": Test(_missing, str),
    "branch": Test(_branch, str),
    "tag": Test(_tag, str, {"at": str, "annotated": bool}),
    "stash": Test(_stash, int),
    "nowhere": Test(_nowhere, str),
    "no_path": Test(_no_path, str),
    "clean": Test(_clean, bool),
    "finished": Test(_finished, bool),
}
