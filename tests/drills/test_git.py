"""Drills on a repository: what is judged, what is said, and that keys are proven."""

import os
import subprocess
from pathlib import Path

import httpx2
import pytest

from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds.git import Git
from backroad.drills.load import read_drills
from backroad.drills.model import Result, show
from backroad.drills.repository import run as repository
from backroad.kit.errors import Problem
from tests.drills import samples
from tests.drills.git_sample import git_drill
from tests.drills.samples import GIT_TOML

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(repository.tools() is None, reason="needs Git 2.30 or newer"),
]


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Git:
    return git_drill(tmp_path_factory.mktemp("git"))


def goals(result: Result) -> dict[str, bool]:
    return {part.text: part.ok for part in result.feedback if part.text and part.key != "history"}


def test_the_key_passes_and_shows_the_history(drill: Git) -> None:
    result = grade(drill, {"text": drill.answer})
    assert (result.outcome, result.score) == ("passed", 1)
    assert goals(result) == {"The price is right": True, "It is a merge": True, "Nothing is left": True}
    history = result.feedback[-1]
    assert history.given == history.wanted
    assert history.given.startswith("*   Merge feature (HEAD -> main)\n|\\\n| * Add the tax (feature)\n")


def test_other_commands_with_the_same_outcome_pass(drill: Git) -> None:
    other = "git merge --no-commit feature\nprintf '131\\n' > price.txt\ngit add .\ngit commit -F - <<END\nBoth\nEND"
    assert grade(drill, other).outcome == "passed"


def test_the_same_answer_gives_the_same_result(drill: Git) -> None:
    commands = "git merge feature\ngit log --format=%H -1\nvim"
    first = grade(drill, commands)
    assert first == grade(drill, commands)
    assert "commands: 3: vim: not found" in first.printed


def test_a_missed_goal_says_what_is_there_and_what_should_be(drill: Git) -> None:
    result = grade(drill, "git merge -q -X ours -m 'Merge feature' feature")
    known, price, *_, history = result.feedback
    assert known.why == "That takes one side."
    assert (price.ok, price.given, price.wanted) == (False, "110", "131")
    assert (history.ok, history.wanted.splitlines()[0]) == (False, "*   Merge feature (HEAD -> main)")
    assert result.score == pytest.approx(2 / 3)


def test_looking_around_is_not_counted(drill: Git) -> None:
    result = grade(drill, "git log --oneline --all\ncat price.txt")
    assert result.outcome == "unclear"
    assert result.right == ()
    assert "$ cat price.txt\n110\n" in result.printed


ASKING = [
    ("cat > price.txt\ngit commit -am Merge", "A command waits for what somebody types, and here nobody does."),
    ("git checkout -p feature", "A command waits for what somebody types, and here nobody does."),
    ("git log | while", "This does not run: line "),
    ("  ", "You have written nothing."),
    ("git\x00", "This answer holds bytes that are not text."),
    ("x" * 65_537, "This answer is longer than 64 KiB."),
]


@pytest.mark.parametrize(("commands", "sentence"), ASKING)
def test_what_cannot_be_judged_is_a_problem_and_not_counted(drill: Git, commands: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(drill, commands)
    assert str(caught.value).startswith(sentence)


EDITORS = [
    # the proposed list as it stands
    "git switch -q feature\nGIT_SEQUENCE_EDITOR=true git rebase -i main",
    # a list of one's own
    "git switch -q feature\necho 'pick feature' > ../todo\nGIT_SEQUENCE_EDITOR='cp ../todo' git rebase -i main",
    "git switch -q feature\nGIT_SEQUENCE_EDITOR=\"sed -i 's/^pick/reword/'\" git rebase -i main",
]


@pytest.mark.parametrize("commands", EDITORS)
def test_an_interactive_rebase_needs_no_editor(drill: Git, commands: str) -> None:
    left = "\necho 131 > price.txt\ngit add price.txt\ngit rebase --continue"
    state = repository.run(drill.setup, commands + left).state
    assert [commit.subject for commit in state.repo.line(state.find("feature"))] == [
        "Add the tax",
        "Raise the price",
        "Start",
    ]
    assert state.repo.doing == ()


def test_bisect_runs_a_test(drill: Git) -> None:
    commands = "echo 'test $(cat price.txt) = 100' > ../test.sh\ngit bisect start main main~1\n"
    ran = repository.run(drill.setup, commands + "git bisect run sh ../test.sh\ngit tag bad refs/bisect/bad")
    assert ran.state.find("bad") == ran.state.find("main")
    assert ran.state.repo.doing == ("a bisection",)


def test_one_can_push_to_the_server_and_to_nobody_else(drill: Git) -> None:
    ran = repository.run(drill.setup, "git push\ngit push https://example.com/x main")
    assert ran.state.find("server:main") == ran.state.find("main")
    assert "transport 'https' not allowed" in ran.printed


def test_what_is_shown_tells_no_answer(drill: Git) -> None:
    shown = show(drill, learner="a", seed="b")
    assert (shown.start, drill.syntax) == ("git merge feature", "sh")
    assert shown.program.startswith("* Add the tax (feature)")
    assert "131 > price" not in str(shown)


def test_the_repository_in_a_folder_is_judged_as_it_was_left(drill: Git, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    drill.lay_out(folder)
    assert drill.grade_folder(folder).outcome == "unclear"
    environment = os.environ | {
        f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    subprocess.run(["sh", "-c", drill.answer], cwd=folder / "repo", env=environment, check=True, capture_output=True)
    before = sorted((path, path.lstat().st_mtime_ns) for path in folder.rglob("*"))
    assert drill.grade_folder(folder).outcome == "passed"
    assert sorted((path, path.lstat().st_mtime_ns) for path in folder.rglob("*")) == before


FAULTS = [
    ('is = "131"', 'is = "132"', "`answer` misses 'The price is right': there is '131', wanted '132'."),
    ("echo 131 > price.txt; git commit", "git commit --allow-empty", ""),
    ("merge -X ours feature", "merge -q feature; echo 131 > price.txt; git commit -qam x",
     "`wrong`: the one that begins 'git merge -q feature; echo 131 > price.txt; git commit -qam ' passes; it is"),
    ('misses = ["It is a merge"]', 'misses = ["Nothing is left"]',
     "`wrong`: the one that begins 'echo 131 > price.txt; git commit -am Merge' reaches 'Nothing is left', which it"),
    ('start = "git merge feature"', 'start = "git merge feature; echo 131 > price.txt; git commit -am x"',
     "`start` passes as it stands; leave something to do."),
    ("* Start (origin/main)\n", "", "`history` is not what `setup` leaves, which is:\n* Add the tax (feature)\n|"),
    ('save price.txt 100 "Start"', 'save price.txt 100 "Start $(mktemp -u)"', "`setup` makes another repository each"),
    ("git switch -q main\n", "git switch -q nowhere\n", "`setup` does not run: fatal: invalid reference: nowhere."),
    ('parents = 2, at = "main"', 'exists = "main"', "no wrong answer misses 'It is a merge'; write one that does"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_each_false_key_is_found(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    toml = GIT_TOML.replace(old, new)
    assert toml != GIT_TOML
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=toml, lesson="")])
    if sentence:
        assert any(problem.text.startswith(sentence) for problem in report.problems), report.problems
    else:
        assert report.problems == ()


def test_a_sound_drill_is_counted(tmp_path: Path) -> None:
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=GIT_TOML, lesson="")])
    assert (report.problems, report.executed) == ((), 1)
    assert (report.by_kind["git"].executed, report.by_kind["git"].refuted) == (1, 3)


MALFORMED = [
    ("parents = 2", 'parents = "two"', "`goals` number 2: `parents` is 'two'; write a whole number."),
    ("parents = 2,", "", "`goals` number 2: it has 0 tests; write one of `file`, `log`,"),
    ("clean = true", "clean = true, at = 'main'", "`goals` number 3: `at` is not a field of a goal with `clean`"),
    ("clean = true", "log = 'main'", "`goals` number 3: `is` is missing; write it."),
    (
        'misses = ["It is a merge"]',
        'misses = ["It is"]',
        "`wrong` number 2: `misses` names 'It is', which is the claim",
    ),
]


@pytest.mark.parametrize(("old", "new", "sentence"), MALFORMED)
def test_each_malformed_goal_gets_one_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in GIT_TOML
    folder = samples.write_skill(tmp_path, "area.one", drills=GIT_TOML.replace(old, new))
    assert [mistake.text[: len(sentence)] for mistake in read_drills(folder).mistakes][:1] == [sentence]


def test_over_rest_looking_around_is_no_evidence(client: httpx2.Client) -> None:
    address = "/api/v1/drills/git.commits/take-back-one-file/answers"
    looked = client.post(address, json={"answer": {"text": "git diff --staged"}}).json()
    assert (looked["outcome"], looked["right"]) == ("unclear", [])
    assert "+pool = 500" in looked["printed"]
    answered = client.post(address, json={"answer": {"text": "git restore --staged --worktree config.toml"}}).json()
    assert answered["outcome"] == "passed"
    evidence = client.get("/api/v1/evidence").json()
    found = [item["outcome"] for item in evidence["items"] if item["ref"] == "git.commits/take-back-one-file"]
    assert found == ["passed"]
