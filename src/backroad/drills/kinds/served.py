"""What `document` and `redis` have in common: programs for a server of data, run on several states of it.

`setup` is a program that makes the data which the learner sees. Each of `others` runs after it and makes other data, on
which the answer must be right too, so that no literal passes. What is wanted is what `answer` gives on each of them;
`output` says what that is on the data shown, and proves the key. Without a `check`, what the last call or command gives
is what counts; with one, a program that runs after the learner's, what that gives. With `returns` both count.

The server is an embedded one in a child, or an own corner of a real one where `variable` is set in the environment.
"""

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.answers import program_of
from backroad.drills.databases.packages import SOURCE, START, folder_of
from backroad.drills.model import Cells, Feedback, Proof, Result, Shown, Written, Wrong, fold_output
from backroad.drills.sandbox.contain import contain
from backroad.drills.table import Table
from backroad.kit.errors import Problem
from backroad.kit.execute import Language
from backroad.settings import store_url

SECONDS = 2.0
"""Of processor time, on one state of the data."""
LONGEST = 30.0
"""Seconds for all programs on all data, the start of the child included."""
LINES_SHOWN = 30


class Part(msgspec.Struct, frozen=True):
    """A document or a reply: as it is compared, and as lines of a table."""

    value: str
    cells: tuple[tuple[str, ...], ...]


class Ran(msgspec.Struct, frozen=True):
    """What one program gave on one state of the data. With a `check`, `parts` are those of the check, and `returned`
    holds what the program itself gave. `broken` says why it cannot be run, `error` why it ended early."""

    columns: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    printed: str = ""
    noun: str = ""
    transcript: str = ""
    returned: tuple[str, ...] = ()
    error: str = ""
    broken: str = ""

    @property
    def values(self) -> tuple[str, ...]:
        return tuple(part.value for part in self.parts)


class Served(Written, frozen=True, kw_only=True):
    fields: ClassVar[tuple[str, ...]] = (
        "setup", "others", "start", "answer", "output", "wrong", "check", "returns",
    )  # fmt: skip
    server: ClassVar[str]
    """As sentences call it."""
    variable: ClassVar[str]
    module: ClassVar[str]
    packages: ClassVar[tuple[str, ...]]
    highlighted: ClassVar[Language]
    shell: ClassVar[str]
    """As the editor and Pygments call the syntax."""

    setup: str
    others: tuple[str, ...]
    start: str
    answer: str
    output: str
    wrong: tuple[Wrong, ...]
    check: str = ""
    returns: bool = False

    def asked_and_key(self) -> Sequence[object]:
        return [self.setup, self.others, self.answer, self.check, self.returns]

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        check = table.text("check", required=False)
        if truth(table, "returns") and not check:
            table.say("`returns` goes with a `check`; without one, what the answer gives counts in any case.")
        return cls(
            **base,
            setup=table.text("setup"),
            others=table.texts("others", 1, 4),
            start=table.text("start", required=False),
            answer=table.text("answer"),
            output=table.text("output"),
            wrong=Wrong.read_all(table, 6),
            check=check,
            returns=truth(table, "returns"),
        )

    @property
    def code_language(self) -> Language:
        return self.highlighted

    @property
    def syntax(self) -> str:
        return self.shell

    @property
    def explanations(self) -> tuple[str, ...]:
        return tuple(wrong.why for wrong in self.wrong)

    def shown(self, shown: Shown) -> Shown:
        return msgspec.structs.replace(
            shown, language=self.highlighted, program=self.setup.strip() + "\n", start=self.start
        )

    def differences(self, got: Ran, wanted: Ran) -> str:
        """One sentence where two results differ, else nothing. Neither has an error."""
        raise NotImplementedError

    def grade(self, answer: object) -> Result:
        given = program_of(answer)
        wanted, got, *mistakes = self.run([self.answer, given, *(wrong.answer for wrong in self.wrong)])
        feedback = self.judge(got, wanted)
        if not all(part.ok for part in feedback):
            same = (wrong.why for wrong, ran in zip(self.wrong, mistakes, strict=True) if self._alike(ran, got))
            if why := next(same, ""):
                feedback.insert(0, Feedback(ok=False, why=why))
        return self.result(feedback, (self.answer.strip(),), printed=got[0].transcript)

    def run(self, programs: Sequence[str]) -> list[list[Ran]]:
        """For each program, what it gives on each state: first the one shown, then the others."""
        packages = [SOURCE, *sorted({folder_of(name) for name in self.packages})]
        url = store_url(self.variable)
        request = {
            "packages": packages,
            "seeds": [self.setup, *(f"{self.setup}\n{other}" for other in self.others)],
            "programs": programs,
            "check": self.check,
            "returns": self.returns,
            "seconds": SECONDS,
            "url": url,
        }
        command = [sys.executable, "-I", "-S", "-c", START.format(self.module), os.pathsep.join(packages)]
        contained = contain(command, request, seconds=LONGEST)
        values = list(contained.values)
        if values and isinstance(values[0], dict):
            raise Problem(
                f"{self.server} at {self.variable} cannot be used: {values[0].get('unavailable')}.",
                f"Correct {self.variable}, or unset it: then an embedded one is used.",
            )
        found = [msgspec.convert(value, list[Ran]) for value in values]
        lost = f"it was stopped {contained.stopped or 'before its end'}"
        if not found:
            said = contained.complaint.strip().rpartition("\n")[2]
            raise Problem(f"The embedded server could not be run: {said or lost}.", "Report it.")
        missing = [Ran(error=lost)] * (1 + len(self.others))
        return found + [missing] * (len(programs) - len(found))

    def judge(self, got: Sequence[Ran], wanted: Sequence[Ran]) -> list[Feedback]:
        if got[0].broken:
            raise Problem(f"This cannot be run: {got[0].broken}.", "Change it and answer again; this was not counted.")
        parts = [self._compared(got[0], wanted[0], "On the data shown")]
        if not parts[0].ok:
            return parts
        for number, (mine, right) in enumerate(zip(got[1:], wanted[1:], strict=True), 1):
            other = self._compared(mine, right, "On other data")
            if not other.ok or number == len(self.others):
                parts.append(other)
                break
        return parts

    def _compared(self, got: Ran, wanted: Ran, where: str) -> Feedback:
        why = self._difference(got, wanted)
        if not why:
            return Feedback(ok=True, text=where, got=cells(got))
        if got.error or got.broken or not got.parts:
            return Feedback(ok=False, text=where, why=why, expected=cells(wanted))
        return Feedback(ok=False, text=where, why=why, got=cells(got, wanted), expected=cells(wanted, got))

    def _difference(self, got: Ran, wanted: Ran) -> str:
        """One sentence, empty when there is none."""
        if ended := got.error or got.broken:
            stopped = ended.startswith("it was stopped")
            return f"{ended[0].upper()}{ended[1:]}." if stopped else f"It stops here: {ended}."
        if why := self.differences(got, wanted):
            return why
        if got.returned != wanted.returned:
            return "What is stored is right. What your last line gives is not."
        return ""

    def _alike(self, one: Sequence[Ran], other: Sequence[Ran]) -> bool:
        """Whether two answers do the same on all data."""
        return all(
            not mine.broken
            and not its.broken
            and (mine.error == its.error if mine.error else not self._difference(its, mine))
            for mine, its in zip(one, other, strict=True)
        )

    def prove(self) -> Proof:
        programs = [self.answer, *(wrong.answer for wrong in self.wrong)]
        if self.start.strip():
            programs.append(self.start)
        wanted, *mistakes = self.run(programs)
        broken = [f"`answer` does not run: {ran.error or ran.broken}." for ran in wanted if ran.error or ran.broken]
        if broken:
            return Proof(tuple(broken))
        problems = []
        if fold_output(self.output).strip() != fold_output(wanted[0].printed).strip():
            problems.append(f"`output` is not what `answer` gives, which is: {wanted[0].printed!r}.")
        if all(not self._difference(ran, wanted[0]) for ran in wanted[1:]):
            problems.append("`others` all give what the data shown gives, so that a literal would pass; change one.")
        refuted = 0
        for number, (wrong, ran) in enumerate(zip(self.wrong, mistakes, strict=False)):
            said = f"`wrong`: {wrong.answer.strip()[:80]!r}"
            twin = next((n for n in range(number) if self._alike(mistakes[n], ran)), None)
            if ran[0].broken:
                problems.append(f"{said} does not run, so that it is no misconception: {ran[0].broken}.")
            elif self._passes(ran, wanted):
                problems.append(f"{said} passes; it is right, or the data do not tell.")
            elif twin is not None:
                problems.append(f"{said} does the same as number {twin + 1}, so that its `why` is never shown.")
            else:
                refuted += 1
        if self.start.strip() and self._passes(mistakes[-1], wanted):
            problems.append("`start` passes as it stands; leave something to do.")
        return Proof(tuple(problems), refuted)

    def _passes(self, got: Sequence[Ran], wanted: Sequence[Ran]) -> bool:
        return not got[0].broken and all(part.ok for part in self.judge(got, wanted))


def cells(ran: Ran, beside: Ran | None = None) -> Cells:
    """A result as a table; marked are the lines of parts that the one beside it has not, or has elsewhere."""
    marked: set[int] = set()
    if beside is not None:
        left = Counter(beside.values)
        for place, value in enumerate(ran.values):
            if left[value] <= 0:
                marked.add(place)
            left[value] -= 1
        if not marked and len(ran.parts) == len(beside.parts):
            marked = {place for place, value in enumerate(ran.values) if value != beside.values[place]}
    lines = [(place, line) for place, part in enumerate(ran.parts) for line in part.cells]
    return Cells(
        columns=ran.columns,
        rows=tuple(line for _, line in lines[:LINES_SHOWN]),
        marked=tuple(row for row, (place, _) in enumerate(lines[:LINES_SHOWN]) if place in marked),
        more=max(0, len(lines) - LINES_SHOWN),
    )


def truth(table: Table, field: str) -> bool:
    value = table.table.get(field, False)
    if not isinstance(value, bool):
        table.say(f"`{field}` is neither `true` nor `false`; write one of them, without quotes.")
    return value is True
