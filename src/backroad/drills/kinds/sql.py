"""**sql**: statements run against a seeded database, judged by what they give and, where asked, by their plan.

The database is SQLite, or PostgreSQL where `database` says so. There, what stands below `-- meanwhile` in one of
`others` is run by another session right before the learner's last statement that writes or locks, and what stands below
`-- before commit` right before COMMIT; a statement of its own is a transaction then. What ends with a serialization
failure or a deadlock is run once more, as an application would.

`setup` is the schema with its rows, as the learner sees it. Each of `others` runs after it and makes another database,
on which the answer must be right too, so that no literal passes. What is wanted is what `answer` gives on each of them;
`output` says what that is on the rows shown, and proves the key. With a `check`, a query that runs after the learner's
statements, its result is what counts: for statements that change data, or make an index.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.answers import program_of
from backroad.drills.databases import ENGINES
from backroad.drills.databases.engine import Engine, Ran, Request
from backroad.drills.model import Cells, Feedback, Kind, Proof, Result, Shown, Written, Wrong, fold_output
from backroad.drills.table import Table
from backroad.kit.errors import Problem
from backroad.kit.execute import Language

ROWS_SHOWN = 30
LONGEST_CELL = 200


class Sql(Written, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "sql"
    title: ClassVar[str] = "Write SQL"
    fields: ClassVar[tuple[str, ...]] = (
        "database", "setup", "others", "start", "answer", "output", "wrong", "check", "ordered", "plan",
    )  # fmt: skip

    setup: str
    others: tuple[str, ...]
    start: str
    answer: str
    output: str
    wrong: tuple[Wrong, ...]
    check: str = ""
    ordered: bool = False
    plan: tuple[str, ...] = ()
    database: str = "sqlite"

    def asked_and_key(self) -> Sequence[object]:
        asked = [self.setup, self.others, self.answer, self.check, self.ordered, self.plan]
        return asked if self.database == "sqlite" else [*asked, self.database]

    @property
    def engine(self) -> Engine:
        return ENGINES[self.database]

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        ordered = table.table.get("ordered", False)
        if not isinstance(ordered, bool):
            table.say("`ordered` is neither `true` nor `false`; write one of them, without quotes.")
        database = table.text("database", required=False) or "sqlite"
        if database not in ENGINES:
            table.say(f"`database` is {database!r}; write one of {', '.join(ENGINES)}, or leave it out.")
            database = "sqlite"
        engine = ENGINES[database]
        if database != "sqlite" and engine.name not in base["prompt"]:
            table.say(f"`prompt` does not name {engine.name}, which the learner has to know.")
        plan = table.texts("plan", 1, 4, required=False)
        for demand in plan:
            if not re.fullmatch(engine.plans, demand):
                table.say(f"`plan`: {demand!r} is not understood; write {engine.plans_said}.")
        return cls(
            **base,
            setup=table.text("setup"),
            others=table.texts("others", 1, 4),
            start=table.text("start", required=False),
            answer=table.text("answer"),
            output=table.text("output"),
            wrong=Wrong.read_all(table, 6),
            check=table.text("check", required=False),
            ordered=ordered is True,
            plan=plan,
            database=database,
        )

    @property
    def code_language(self) -> Language:
        return "sql"

    @property
    def explanations(self) -> tuple[str, ...]:
        return tuple(wrong.why for wrong in self.wrong)

    def shown(self, shown: Shown) -> Shown:
        return msgspec.structs.replace(shown, language="sql", program=self.setup.strip() + "\n", start=self.start)

    def grade(self, answer: object) -> Result:
        given = program_of(answer)
        programs = [self.answer, given, *(wrong.answer for wrong in self.wrong)]
        wanted, got, *mistakes = self.run(programs, learners=True)
        feedback = self.judge(given, got, wanted)
        if not all(part.ok for part in feedback):
            why = next(
                (wrong.why for wrong, ran in zip(self.wrong, mistakes, strict=True) if self._alike(ran, got)), ""
            )
            if why:
                feedback.insert(0, Feedback(ok=False, why=why))
        return self.result(feedback, (self.answer.strip(),))

    def run(self, programs: list[str], *, learners: bool = False) -> list[list[Ran]]:
        """For each program, what it gives on each database: first the one shown, then the others."""
        seeds = (self.setup, *(f"{self.setup.rstrip().rstrip(';')};\n{other}" for other in self.others))
        return self.engine.run(Request(seeds, tuple(programs), self.check, bool(self.plan), learners))

    def judge(self, given: str, got: Sequence[Ran], wanted: Sequence[Ran]) -> list[Feedback]:
        first = got[0]
        if self.engine.unrunnable(first):
            raise Problem(self._cannot(first), "Change it and answer again; this was not counted.")
        parts = [self._compared(first, wanted[0], "On the rows shown")]
        if not parts[0].ok:
            return parts
        for number, (mine, right) in enumerate(zip(got[1:], wanted[1:], strict=True), 1):
            other = self._compared(mine, right, "On other rows")
            if not other.ok or number == len(self.others):
                parts.append(other)
                break
        names = _aliases(given if not self.check else self.check)
        parts += [self.engine.planned(demand, first.plan, names) for demand in self.plan]
        return parts

    def _compared(self, got: Ran, wanted: Ran, where: str) -> Feedback:
        why = self._difference(got, wanted)
        if not why:
            return Feedback(ok=True, text=where, got=cells(got, wanted, ordered=self.ordered))
        if got.error:
            return Feedback(ok=False, text=where, why=why, expected=cells(wanted))
        return Feedback(
            ok=False,
            text=where,
            why=why,
            got=cells(got, wanted, ordered=self.ordered),
            expected=cells(wanted, got, ordered=self.ordered),
        )

    def _difference(self, got: Ran, wanted: Ran) -> str:
        """One sentence, empty when there is none."""
        if got.error:
            return self.engine.stopped(got) or f"It stops here: {got.error}."
        if got.open and (got.columns, got.rows) != (wanted.columns, wanted.rows):
            return "The transaction is still open at the end, so that nothing of it is kept."
        if not got.columns:
            return "These statements give no table. End with the query that answers."
        if len(got.columns) != len(wanted.columns):
            return f"There {_are(len(got.columns), 'column')}, wanted {_are(len(wanted.columns), '')}."
        names = [name.casefold() for name in got.columns], [name.casefold() for name in wanted.columns]
        if names[0] != names[1]:
            return f"The columns are called {_listed(got.columns)}; wanted {_listed(wanted.columns)}."
        mine, right = [_plain(row) for row in got.rows], [_plain(row) for row in wanted.rows]
        if (self.ordered and mine == right) or (not self.ordered and Counter(mine) == Counter(right)):
            return _returned(got, wanted)
        if Counter(mine) == Counter(right):
            return "The rows are right, their order is not."
        if len(mine) != len(right):
            return f"There {_are(len(mine), 'row')}, wanted {_are(len(right), '')}."
        return "The number of rows is right, their values are not."

    def _alike(self, one: Sequence[Ran], other: Sequence[Ran]) -> bool:
        """Whether two answers do the same on every database, and by the same plan where the plan counts."""
        return all(
            not self._difference(mine, its) and not its.error and self._demands(mine) == self._demands(its)
            for mine, its in zip(one, other, strict=True)
        )

    def _demands(self, ran: Ran) -> list[bool]:
        return [self.engine.planned(demand, ran.plan, _aliases(self.check)).ok for demand in self.plan]

    def prove(self) -> Proof:
        if missing := self.engine.missing():
            return Proof(missing=missing)
        programs = [self.answer, *(wrong.answer for wrong in self.wrong)]
        if self.start.strip():
            programs.append(self.start)
        wanted, *mistakes = self.run(programs)
        broken = [f"`answer` does not run: {ran.error}." for ran in wanted if ran.error]
        if broken:
            return Proof(tuple(broken))
        problems = []
        said, printed = fold_output(self.output).strip(), printed_rows(wanted[0])
        if said != printed:
            problems.append(f"`output` is not what `answer` gives, which is: {printed!r}.")
        if all(not self._difference(ran, wanted[0]) for ran in wanted[1:]):
            problems.append("`others` all give what the rows shown give, so that a literal would pass; change one.")
        problems += [
            f"`answer` misses the plan: {part.why}" for part in self._judged(self.answer, wanted, wanted) if not part.ok
        ]
        refuted = 0
        for wrong, ran in zip(self.wrong, mistakes, strict=False):
            if self._passes(wrong.answer, ran, wanted):
                problems.append(f"`wrong`: {wrong.answer.strip()[:80]!r} passes; it is right, or the rows do not tell.")
            else:
                refuted += 1
        if self.start.strip() and self._passes(self.start, mistakes[-1], wanted):
            problems.append("`start` passes as it stands; leave something to do.")
        return Proof(tuple(problems), refuted)

    def _judged(self, given: str, got: Sequence[Ran], wanted: Sequence[Ran]) -> list[Feedback]:
        try:
            return self.judge(given, got, wanted)
        except Problem as problem:
            return [Feedback(ok=False, why=str(problem))]

    def _cannot(self, ran: Ran) -> str:
        if ran.refused:
            return f"{ran.refused} cannot be used in a drill."
        return f"{self.engine.name} cannot run this: {ran.error}."

    def _passes(self, given: str, got: Sequence[Ran], wanted: Sequence[Ran]) -> bool:
        return all(part.ok for part in self._judged(given, got, wanted))


def cells(ran: Ran, beside: Ran | None = None, *, ordered: bool = False) -> Cells:
    """A result as a table, with the rows marked that the one beside it has not (or, `ordered`, has elsewhere)."""
    marked: list[int] = []
    if beside is not None and len(ran.columns) == len(beside.columns):
        mine, its = [_plain(row) for row in ran.rows], [_plain(row) for row in beside.rows]
        left = Counter(its)
        for place, row in enumerate(mine):
            if left[row] <= 0:
                marked.append(place)
            left[row] -= 1
        if ordered and not marked and len(mine) == len(its):
            marked = [place for place, row in enumerate(mine) if row != its[place]]
    return Cells(
        columns=ran.columns,
        rows=tuple(tuple(_cell(value) for value in row) for row in ran.rows[:ROWS_SHOWN]),
        marked=tuple(place for place in marked if place < ROWS_SHOWN),
        more=max(0, len(ran.rows) - ROWS_SHOWN),
    )


def printed_rows(ran: Ran) -> str:
    """As the programs of other drills print a result: names, then rows, joined by `|`."""
    return "\n".join("|".join(map(_cell, row)) for row in (ran.columns, *ran.rows))


def _cell(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, Mapping):
        return str(value["n"]) if "n" in value else f"X'{str(value.get('x')).upper()}'"[:LONGEST_CELL]
    text = str(value)
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"


def _plain(row: Sequence[Any]) -> tuple[Any, ...]:
    """A row as it is compared: numbers by value, to twelve digits; a text is never a number."""
    return tuple(
        float(f"{float(value['n']):.12g}") if isinstance(value, Mapping) and "n" in value
        else ("x", str(value.get("x"))) if isinstance(value, Mapping)
        else float(f"{value:.12g}") if isinstance(value, float)
        else value
        for value in row
    )  # fmt: skip


def _returned(got: Ran, wanted: Ran) -> str:
    """Beside a `check`, what the statements return counts where the answer returns something."""
    if not any(wanted.returned) or list(map(_plain, got.returned)) == list(map(_plain, wanted.returned)):
        return ""
    rows = ", ".join(f"({', '.join(map(_cell, row))})" for row in wanted.returned[1:]) or "no row"
    return f"What is changed is right. What the statement returns is not: wanted {rows}."


def _aliases(query: str) -> dict[str, str]:
    """The name that a query plan gives to a table -> the table."""
    found = re.findall(r"\b(?:from|join|update|,)\s+(\w+)(?:\s+(?:as\s+)?(\w+))?", query, re.IGNORECASE)
    return {alias.casefold(): table.casefold() for table, alias in found if alias}


def _are(count: int, noun: str) -> str:
    verb = "is" if count == 1 else "are"
    return f"{verb} {count} {noun}{'' if count == 1 else 's'}" if noun else str(count)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
