"""**config**: a configuration file, written or mended, judged by rules and wants.

`file` is its path, which decides what it is; `beside` are other files of the same folder that rules look at. `rules`
are rules of the verifier (`verifier/repository/rules`), `wants` demands of this drill alone (`drills/config/wants.py`).
A wrong answer names what it `misses`, and the proof shows that it misses that and nothing else; it is a whole file in
`answer`, or an edit of the right one: `old`, which stands there once, and `new`.
"""

import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.answers import program_of
from backroad.drills.config.tree import Node, format_of
from backroad.drills.config.wants import File, Want, missed, read_wants
from backroad.drills.model import Feedback, Kind, Proof, Result, Shown, Written, Wrong
from backroad.drills.table import Table, no_twins
from backroad.kit.errors import Problem
from backroad.verifier.repository import docker
from backroad.verifier.repository.folder import Trouble
from backroad.verifier.repository.given import GivenFolder

RULES = Path(docker.__file__).parent / "rules"
MOST_PLACES = 3  # of one rule that are shown
LONGEST_LINE = 100  # characters of a line that are shown


class WrongFile(Wrong, frozen=True):
    misses: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one rule or want. `places`: line, the line itself, what is wrong with it."""

    key: str
    claim: str
    ok: bool
    places: tuple[tuple[int, str, str], ...] = ()
    expected: str = ""
    why: str = ""
    fix: str = ""

    @property
    def got(self) -> tuple[str, ...]:
        """Without line numbers: the same mistake elsewhere in the file is the same."""
        return tuple(said or source for _, source, said in self.places)


class Mistake(msgspec.Struct, frozen=True):
    """What a listed wrong answer comes to. `own` are the texts that it has and the right answer has not."""

    key: str
    got: tuple[str, ...]
    own: frozenset[tuple[str, str]]
    why: str


class Config(Written, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "config"
    title: ClassVar[str] = "Write a configuration"
    fields: ClassVar[tuple[str, ...]] = ("file", "beside", "rules", "wants", "start", "answer", "wrong")

    file: str
    beside: tuple[tuple[str, str], ...]
    rules: tuple[str, ...]
    wants: tuple[Want, ...]
    start: str
    answer: str
    wrong: tuple[WrongFile, ...]

    def asked_and_key(self) -> Sequence[object]:
        wants = [(want.at, want.test, want.value) for want in self.wants]
        return [self.file, sorted(self.beside), self.start, sorted(self.rules), wants]

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        file, rules, wants = table.text("file"), table.texts("rules", 1, 10, required=False), read_wants(table)
        answer = table.text("answer")
        if file and format_of(file) is None:
            table.say(f"`file` is {file!r}, which names no kind of file that can be judged.")
        for rule in rules:
            if not (RULES / f"{rule}.py").is_file():
                table.say(f"`rules`: there is no rule {rule!r} in verifier/repository/rules.")
        names = [*rules, *(want.id for want in wants)]
        no_twins(table, "rules and wants", names)
        if not names:
            table.say("there are neither `rules` nor `wants`; write one of them.")
        return cls(
            **base,
            file=file,
            beside=_beside(table),
            rules=rules,
            wants=wants,
            start=table.text("start", required=False),
            answer=answer,
            wrong=_wrong(table, answer, names),
        )

    @property
    def syntax(self) -> str:
        found = format_of(self.file)
        return found.syntax if found else ""

    @property
    def explanations(self) -> tuple[str, ...]:
        said = (text for want in self.wants for text in (want.claim, want.why))
        return (*said, *(wrong.why for wrong in self.wrong))

    def shown(self, shown: Shown) -> Shown:
        return msgspec.structs.replace(shown, file=self.file, start=self.start)

    def grade(self, answer: object) -> Result:
        given = program_of(answer)
        parts, top = self.judge(given)
        left = [one for one in parts if not one.ok]
        leaves = top.leaves() if left else frozenset()
        mistakes = _mistakes(self) if left else ()
        return self.result(
            [_feedback(one, _recognised(one, leaves, mistakes)) for one in parts], (self.answer.strip(),)
        )

    def judge(self, given: str) -> tuple[list[Judged], Node]:
        """A part for each rule and want, and the file as a tree; a `Problem` where the file cannot be read."""
        found = format_of(self.file)
        assert found is not None
        lines = given.split("\n")
        try:
            top = found.read(given, self.file)
            file = File(self.file, top, GivenFolder({**dict(self.beside), self.file: given}))
            wanted = [_wanted(one, file, lines) for one in self.wants]
        except Trouble as trouble:
            raise Problem(_cannot(trouble, given), "Change it and answer again; this was not counted.")
        return [*(_ruled(rule, file, lines) for rule in self.rules), *wanted], top

    def prove(self) -> Proof:
        problems = [f"`answer` misses {one}." for one in _named(self._missed(self.answer))]
        refuted = 0
        seen: set[str] = set()
        for number, wrong in enumerate(self.wrong, 1):
            left = self._missed(wrong.answer)
            seen |= left
            if left == {wrong.misses}:
                refuted += 1
            else:
                problems.append(
                    f"`wrong` number {number} misses {' and '.join(_named(left)) or 'nothing'}, "
                    f"not `{wrong.misses}` alone."
                )
        if self.start.strip():
            left = self._missed(self.start)
            seen |= left
            if not left:
                problems.append("`start` passes as it stands; leave something to do.")
        problems += [
            f"`{name}` is missed neither by `start` nor by a wrong answer: nothing shows that it can be."
            for name in (*self.rules, *(want.id for want in self.wants))
            if name not in seen
        ]
        return Proof(tuple(problems), refuted)

    def _missed(self, text: str) -> set[str]:
        """Names of rules and wants; what is wrong with a file that cannot be read."""
        try:
            return {one.key for one in self.judge(text)[0] if not one.ok}
        except Problem as problem:
            return {problem.sentence}


@functools.lru_cache(maxsize=200)
def _mistakes(drill: Config) -> tuple[Mistake, ...]:
    right = drill.judge(drill.answer)[1].leaves()
    found = []
    for wrong in drill.wrong:
        parts, top = drill.judge(wrong.answer)
        got = next((one.got for one in parts if one.key == wrong.misses), ())
        found.append(Mistake(wrong.misses, got, top.leaves() - right, wrong.why))
    return tuple(found)


def _recognised(part: Judged, leaves: frozenset[tuple[str, str]], mistakes: Iterable[Mistake]) -> str:
    """The `why` of the wrong answer that makes this mistake: the file has all that is the wrong answer's own. One that
    has nothing of its own leaves something out; then the same must be missing here."""
    alike = [one for one in mistakes if one.key == part.key and not part.ok]
    same = [one for one in alike if one.own and one.own <= leaves]
    same += [one for one in alike if not one.own and one.got == part.got]
    return same[0].why if same else ""


def _feedback(part: Judged, mistake: str) -> Feedback:
    if part.ok:
        return Feedback(key=part.key, ok=True, text=part.claim)
    why = " ".join(filter(None, (mistake or part.why, part.fix)))
    return Feedback(
        key=part.key,
        ok=False,
        text=part.claim,
        given="\n".join(map(_place, part.places)),
        wanted=part.expected,
        why=why,
    )


def _place(place: tuple[int, str, str]) -> str:
    number, source, said = place
    return "\n".join(filter(None, (f"line {number}: {source}" if number else "", said)))


def _ruled(name: str, file: File, lines: Sequence[str]) -> Judged:
    from backroad.verifier.repository.judge import judge
    from backroad.verifier.repository.rule_file import load_rule
    from backroad.verifier.repository.sight import sights_of

    rule = load_rule(RULES / f"{name}.py")
    outcome = judge(rule, file.folder)
    places = []
    for sight in sights_of(outcome.finding)[:MOST_PLACES] if outcome.finding else ():
        if sight.path == file.path:
            source = _source(lines, sight.line)
            places.append((sight.line, source, sight.got if sight.got not in source else ""))
        else:
            places.append((0, "", f"{sight.path}: {sight.got}"))
    if outcome.reason:
        places = [(0, "", outcome.reason)]
    return Judged(
        key=name,
        claim=rule.claim.removesuffix("."),
        ok=not (outcome.finding or outcome.reason),
        places=tuple(places),
        expected=outcome.finding.expected if outcome.finding else "",
        why=rule.why,
        fix=f"Fix: {rule.fix}",
    )


def _wanted(want: Want, file: File, lines: Sequence[str]) -> Judged:
    looked = missed(want, file)
    places = ((looked.line, _source(lines, looked.line), looked.got),) if looked else ()
    claim = want.claim.removesuffix(".")
    return Judged(key=want.id, claim=claim, ok=looked is None, places=places, expected=want.expected, why=want.why)


def _source(lines: Sequence[str], number: int) -> str:
    line = lines[number - 1].strip() if 0 < number <= len(lines) else ""
    return line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + "…"


def _cannot(trouble: Trouble, text: str) -> str:
    """`Line 3, column 5: this is not YAML: …`"""
    line = text.split("\n")[trouble.line - 1] if trouble.line <= text.count("\n") + 1 else ""
    column = trouble.column or len(line) - len(line.lstrip()) + 1
    subject = "" if trouble.why.startswith("the ") else "this "
    return f"Line {trouble.line}, column {column}: {subject}{trouble.why}."


def _named(left: Iterable[str]) -> list[str]:
    return [f"`{one}`" for one in sorted(left)]


def _beside(table: Table) -> tuple[tuple[str, str], ...]:
    value = table.table.get("beside", {})
    if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
        table.say('`beside` is not a table of texts; write `beside = {"package.json" = "..."}`.')
        return ()
    return tuple(value.items())


def _wrong(table: Table, answer: str, names: Sequence[str]) -> tuple[WrongFile, ...]:
    found = []
    for entry in table.tables("wrong", 1, 8, '`wrong = [{misses = "...", old = "...", new = "...", why = "..."}]`'):
        entry.only(("answer", "old", "new", "misses", "why"), "a wrong answer")
        misses = entry.text("misses")
        if misses and misses not in names:
            entry.say(f"`misses` is {misses!r}, which is neither a rule nor a want of this drill.")
        found.append(WrongFile(_whole(entry, answer), entry.text("why"), misses))
    return tuple(found)


def _whole(entry: Table, answer: str) -> str:
    if "old" not in entry.table:
        return entry.text("answer")
    old, new = entry.text("old"), entry.text("new", required=False)
    count = answer.count(old) if old else 0
    if count != 1:
        entry.say(f"`old` stands {count} times in `answer`; write what stands there once.")
    return answer.replace(old, new) if old else answer
