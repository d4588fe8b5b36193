"""Each test that a goal can name: what reaches it, what misses it, and what is said then."""

from typing import Any

import msgspec
import pytest

from backroad.drills.repository.goal import Goal, read_goals
from backroad.drills.repository.goals import TESTS, judge
from backroad.drills.repository.state import State
from backroad.drills.table import Table


def commit(subject: str, *parents: str, author: str = "Ada <ada@example.com>", **files: str) -> dict[str, Any]:
    return {"parents": parents, "message": f"{subject}\n\nMore.", "author": author, "files": files}


COMMITS = {
    "a1": commit("Start", price="b1"),
    "b1": commit("Tax", "a1", price="b2", author="Bea <bea@example.com>"),
    "c1": commit("Raise", "a1", price="b3"),
    "d1": commit("Merge", "c1", "b1", price="b3", tax="b2"),
}
REPO = {
    "head": "refs/heads/main",
    "refs": {"refs/heads/main": "d1", "refs/heads/feature": "b1", "refs/tags/v1": "a1", "refs/tags/v2": "c1"},
    "annotated": ["refs/tags/v1"],
    "stash": ["b1"],
    "commits": COMMITS,
    "texts": {"b1": "100\n", "b2": "119\n", "b3": "110\n"},
    "index": {"price": "b3", "tax": "b2"},
    "conflicts": [],
    "disk": {"price": "b3", "tax": "b2"},
    "untracked": [],
    "doing": [],
    "picture": "",
}
SERVER = REPO | {"refs": {"refs/heads/main": "c1"}, "stash": []}
STATE = msgspec.convert({"repo": REPO, "server": SERVER}, State)
LEFT = REPO | {
    "head": "b1", "disk": {"price": "b1"}, "untracked": ["new"], "doing": ["a rebase"], "conflicts": ["tax"],
    "index": {"price": "b1"}, "refs": {"refs/heads/main": "c1"}, "stash": [],
}  # fmt: skip
OTHER = msgspec.convert({"repo": LEFT, "server": SERVER | {"refs": {"refs/heads/main": "b1"}}}, State)


def goal(**fields: object) -> Goal:
    found: list[str] = []
    (read,) = read_goals(Table({"goals": [{"claim": "x", **fields}]}, found.append), TESTS)
    assert found == []
    return read


REACHED: list[dict[str, object]] = [
    {"file": "price", "at": "main", "is": "110"},
    {"file": "price", "at": "v1", "contains": "10", "lacks": ["19", "11"]},
    {"file": "price", "at": "index", "is": "110"},
    {"file": "tax", "at": "disk"},
    {"file": "tax", "at": "main~1", "absent": True},
    {"log": "main", "is": ["Merge", "Raise", "Start"]},
    {"log": "v1..main", "is": ["Merge", "Raise"]},
    {"log": "main~1..main^2", "is": "Tax"},
    {"log": "main..feature", "is": []},
    {"log": "v1..server:main", "is": ["Raise"]},
    {"touches": "tax", "at": "main"},
    {"touches": ["price"], "at": "v1"},
    {"message": "More", "at": "feature"},
    {"author": "Bea <bea@example.com>", "at": "main^2"},
    {"parents": 2},
    {"parents": 0, "at": "main~2"},
    {"ancestor": ["feature", "main"]},
    {"apart": ["feature", "v2"]},
    {"same": ["server:main", "v2"]},
    {"same_files": ["v2", "main~1"]},
    {"unchanged": "server:main"},
    {"kept": "main"},
    {"exists": "feature"},
    {"missing": "search"},
    {"branch": "main"},
    {"tag": "v1", "at": "main~2", "annotated": True},
    {"tag": "v2", "at": "main^"},
    {"stash": 1},
    {"nowhere": "131"},
    {"no_path": "key"},
    {"clean": True},
    {"finished": True},
]


@pytest.mark.parametrize("fields", REACHED, ids=str)
def test_a_goal_is_reached(fields: dict[str, object]) -> None:
    seen = judge(goal(**fields), STATE, STATE)
    assert seen.ok, seen


MISSED: list[tuple[dict[str, object], str, str]] = [
    ({"file": "price", "is": "110"}, "119", "110"),
    ({"file": "price", "at": "main", "contains": "19"}, "110", "with '19'"),
    ({"file": "price", "at": "main", "lacks": ["10"]}, "110", "without '10'"),
    ({"file": "tax", "at": "disk"}, "no file tax", "the file tax"),
    ({"file": "tax", "at": "search", "is": "1"}, "there is no commit called search", "1"),
    ({"file": "price", "at": "disk", "absent": True}, "it is there", "no such file"),
    ({"log": "main", "is": ["Start"]}, "Raise\nStart", "Start"),
    ({"log": "feature..main", "is": []}, "there is no commit called feature", "no commits"),
    ({"touches": [], "at": "main"}, "price", "no files"),
    ({"message": "Less", "at": "main"}, "Raise\n\nMore.", "with 'Less'"),
    ({"author": "Bea", "at": "main"}, "Ada <ada@example.com>", "Bea"),
    ({"parents": 2, "at": "main"}, "1 parent", "2 parents"),
    ({"parents": 2, "at": "v9"}, "there is no commit called v9", "2 parents"),
    ({"ancestor": ["HEAD", "main"]}, "main lacks commits of HEAD", "main has all commits of HEAD"),
    ({"apart": ["main~1", "main"]}, "main has the commit main~1", "main without the commit main~1"),
    ({"apart": ["v9", "main"]}, "there is no commit called v9", "main without the commit v9"),
    ({"same": ["HEAD", "main"]}, "HEAD is 'Tax', main is 'Raise'", "HEAD and main are the same commit"),
    ({"same_files": ["HEAD", "main"]}, "HEAD is 'Tax', main is 'Raise'", "HEAD and main have the same files"),
    ({"unchanged": "server:main"}, "server:main at 'Tax', another commit", "server:main at 'Raise', as it was"),
    ({"kept": "main"}, "main without 'Merge' as it was", "main with every commit that it had"),
    ({"exists": "feature"}, "there is no commit called feature", "feature is there"),
    ({"missing": "main"}, "main is there", "no main"),
    ({"branch": "main"}, "HEAD is detached", "main"),
    ({"tag": "v1", "at": "main"}, "no tag v1", "a tag v1 at 'Raise'"),
    ({"stash": 2}, "0 entries in the stash", "2 entries in the stash"),
    ({"nowhere": "110"}, "in price of 'Raise'", "in no commit"),
    ({"no_path": "price"}, "in 'Raise'\nin 'Start'\nin 'Tax'", "in no commit"),
    (
        {"clean": True},
        "`tax` is in conflict\n`price` is staged and not committed\n`new` is not tracked\na rebase is unfinished",
        "nothing is left to commit",
    ),
    ({"finished": True}, "a rebase is unfinished", "nothing is unfinished"),
]


@pytest.mark.parametrize(("fields", "given", "wanted"), MISSED, ids=str)
def test_a_missed_goal_says_what_is_there(fields: dict[str, object], given: str, wanted: str) -> None:
    assert judge(goal(**fields), OTHER, STATE) == (False, given, wanted)


def test_a_lightweight_tag_is_no_annotated_one() -> None:
    seen = judge(goal(tag="v2", at="main~1", annotated=True), STATE, STATE)
    assert seen == (False, "a lightweight tag v2 at 'Raise'", "an annotated tag v2 at 'Raise'")


def test_every_test_is_reached_and_missed_here() -> None:
    for cases in (REACHED, [fields for fields, _, _ in MISSED]):
        assert {name for fields in cases for name in fields if name in TESTS} == set(TESTS)


@pytest.mark.parametrize(
    "name", ["", "main~9", "main^3", "~", "main^0^0", "HEAD~99999999", "refs/heads/main", "a" * 99]
)
def test_a_name_that_means_nothing_is_no_commit(name: str) -> None:
    assert STATE.find(name) == ""
