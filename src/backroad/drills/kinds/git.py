"""**git**: a prepared repository to put in order with commands, judged by the state that they leave.

`setup` is a shell script that makes the repository in an empty folder; `../server.git` beside it may be what one
pushes to. `history` is its picture, which the learner sees. `goals` say what is asked, see `repository/goals.py`.
Commands that change nothing are looking around: what they print is shown, and nothing is counted. In a terminal the
repository is laid out in a folder instead, and that folder is judged.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.answers import program_of
from backroad.drills.model import Feedback, Kind, Proof, Result, Shown, Written, fold_output
from backroad.drills.repository import run as repository
from backroad.drills.repository.goal import Goal, Seen, read_goals
from backroad.drills.repository.goals import TESTS, judge
from backroad.drills.repository.state import State
from backroad.drills.table import Table
from backroad.kit.errors import Problem
from backroad.kit.execute import Language

MOST_PRINTED = 4000


class WrongCommands(msgspec.Struct, frozen=True):
    """Tempting commands, what is wrong with them, and the claims of the goals that they miss."""

    answer: str
    why: str
    misses: tuple[str, ...]

    @classmethod
    def read_all(cls, table: Table, claims: Sequence[str]) -> tuple[Self, ...]:
        found = []
        for entry in table.tables("wrong", 1, 6, '`wrong = [{answer = "...", why = "...", misses = ["..."]}]`'):
            entry.only(("answer", "why", "misses"), "a wrong answer")
            misses = entry.texts("misses", 1, 6)
            for claim in misses:
                if claim not in claims:
                    entry.say(f"`misses` names {claim[:60]!r}, which is the claim of no goal.")
            found.append(cls(entry.text("answer"), entry.text("why"), misses))
        return tuple(found)


class Git(Written, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "git"
    title: ClassVar[str] = "Put a repository in order"
    fields: ClassVar[tuple[str, ...]] = ("setup", "history", "start", "goals", "answer", "wrong")

    setup: str
    history: str
    start: str
    goals: tuple[Goal, ...]
    answer: str
    wrong: tuple[WrongCommands, ...]

    def asked_and_key(self) -> Sequence[object]:
        return [self.setup, sorted((goal.test, str(goal.value), str(goal.more)) for goal in self.goals)]

    @property
    def code_language(self) -> Language:
        return "sh"

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        goals = read_goals(table, TESTS)
        return cls(
            **base,
            setup=table.text("setup"),
            history=table.text("history"),
            start=table.text("start", required=False),
            goals=goals,
            answer=table.text("answer"),
            wrong=WrongCommands.read_all(table, [goal.claim for goal in goals]),
        )

    @property
    def explanations(self) -> tuple[str, ...]:
        return (*(wrong.why for wrong in self.wrong), *(goal.claim for goal in self.goals))

    def shown(self, shown: Shown) -> Shown:
        return msgspec.structs.replace(shown, program=self.history.strip("\n") + "\n", start=self.start)

    def grade(self, answer: object) -> Result:
        ran = repository.run(self.setup, program_of(answer))
        seen = self.seen(ran.state)
        if ran.asked and not all(part.ok for part in seen):
            raise Problem(
                "A command waits for what somebody types, and here nobody does.",
                "Give it all it needs: `-m` for a message, `--no-edit`, GIT_SEQUENCE_EDITOR; this was not counted.",
            )
        return self.judged(ran.state, seen, ran.printed, ran.stopped)

    def grade_folder(self, folder: Path) -> Result:
        """The repository that the learner was given there; a `Problem` where it cannot be read."""
        state = repository.read_copy(folder)
        return self.judged(state, self.seen(state))

    def lay_out(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        repository.lay_out(repository.prepared(self.setup), os.fspath(folder))

    def seen(self, state: State) -> list[Seen]:
        start = repository.began(self.setup)
        return [judge(goal, state, start) for goal in self.goals]

    def judged(self, state: State, seen: list[Seen], printed: str = "", stopped: str = "") -> Result:
        printed = printed if len(printed) <= MOST_PRINTED else printed[:MOST_PRINTED] + "…"
        passed = all(part.ok for part in seen) and not stopped
        if not passed and not stopped and state.shape == repository.began(self.setup).shape:
            nothing = self.result([Feedback(ok=False, why="Nothing was changed, so nothing was counted.")], ())
            return msgspec.structs.replace(nothing, outcome="unclear", printed=printed, why="")
        feedback = [_part(goal, part) for goal, part in zip(self.goals, seen, strict=True)]
        if stopped:
            feedback.append(Feedback(ok=False, text="The commands come to an end", why=f"they were stopped {stopped}."))
        result = self.result(feedback, (self.answer.strip(),), printed=printed)
        why = "" if passed else self.recognised(seen)
        known = (Feedback(ok=False, why=why),) if why else ()
        return msgspec.structs.replace(result, feedback=(*known, *feedback, self.histories(state, passed)))

    def histories(self, state: State, passed: bool) -> Feedback:
        wanted = repository.ran(self.setup, self.answer).state.picture
        return Feedback(key="history", ok=passed, text="The history", given=state.picture, wanted=wanted)

    def recognised(self, seen: list[Seen]) -> str:
        """Why the listed wrong answer that does the same is wrong."""
        for wrong in self.wrong:
            try:
                if self.seen(repository.ran(self.setup, wrong.answer).state) == seen:
                    return wrong.why
            except Problem:
                continue
        return ""

    def prove(self) -> Proof:
        if repository.tools() is None:
            return Proof(missing=repository.MISSING)
        try:
            problems = self.setup_problems()
        except Problem as problem:
            return Proof((problem.sentence,))
        idle = self.seen(repository.began(self.setup))
        missed = [{goal.claim for goal, part in zip(self.goals, idle, strict=True) if not part.ok}]
        if not missed[0]:
            problems.append("the goals are reached before anything is done; ask for a change.")
        problems += self.key_problems()
        refuted = 0
        for wrong in self.wrong:
            found, misses = self.wrong_problems(wrong)
            problems += found
            missed.append(misses)
            refuted += not found
        for goal in self.goals:
            if not any(goal.claim in misses for misses in missed):
                problems.append(f"no wrong answer misses {goal.claim!r}; write one that does, or drop the goal.")
        return Proof(tuple(problems), refuted)

    def setup_problems(self) -> list[str]:
        start = repository.began(self.setup)
        problems = []
        if repository.remade(self.setup) != start:
            problems.append("`setup` makes another repository each time; fix its dates and contents.")
        if fold_output(self.history).strip("\n") != fold_output(start.picture):
            problems.append(f"`history` is not what `setup` leaves, which is:\n{start.picture}")
        return problems

    def key_problems(self) -> list[str]:
        problems = [
            f"`answer` misses {goal.claim!r}: there is {part.given!r}, wanted {part.wanted!r}."
            for goal, part in self.tried(self.answer)
            if not part.ok
        ]
        if self.start.strip() and all(part.ok for _, part in self.tried(self.start)):
            problems.append("`start` passes as it stands; leave something to do.")
        return problems

    def wrong_problems(self, wrong: WrongCommands) -> tuple[list[str], set[str]]:
        """And the claims that it misses."""
        first = wrong.answer.strip().split("\n")[0][:60]
        misses = {goal.claim for goal, part in self.tried(wrong.answer) if not part.ok}
        if not misses:
            return [f"`wrong`: the one that begins {first!r} passes; it is right, or a goal is missing."], misses
        return [
            f"`wrong`: the one that begins {first!r} reaches {claim!r}, which it should miss."
            for claim in wrong.misses
            if claim not in misses
        ], misses

    def tried(self, commands: str) -> list[tuple[Goal, Seen]]:
        try:
            ran = repository.ran(self.setup, commands)
        except Problem as problem:
            return [(goal, Seen(False, str(problem), "")) for goal in self.goals]
        if ran.stopped or ran.asked:
            why = f"stopped {ran.stopped}" if ran.stopped else "a command waits for input"
            return [(goal, Seen(False, why, "")) for goal in self.goals]
        return list(zip(self.goals, self.seen(ran.state), strict=True))


def _part(goal: Goal, seen: Seen) -> Feedback:
    return Feedback(ok=seen.ok, text=goal.claim, given=seen.given, wanted=seen.wanted)
