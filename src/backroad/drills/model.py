"""What a drill is, and in which order its parts are shown."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal, Self, TypeAlias, TypeVar, get_args

import msgspec

from backroad.drills.table import Table
from backroad.kit.execute import Language

Kind = Literal[
    "single", "multiple", "order", "match", "fill-in", "predict", "sql", "code", "config", "http", "jwt", "git",
    "document", "redis", "open",
]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)

BLANK = re.compile(r"(?<!_)____(?!_)")
"""Where the typed answer of a fill-in goes: four underscores, no more."""

T = TypeVar("T")


def part_key(text: str) -> str:
    """The permanent name of a choice, an item or one side of a pair: it survives reordering in the file."""
    return hashlib.sha256(text.strip().encode()).hexdigest()[:12]


def fold_answer(text: str) -> str:
    """A typed answer as it is compared: without case and outer white space."""
    return text.strip().casefold()


def fold_output(text: str) -> str:
    """Printed output as it is compared: without white space at line ends and without final newlines."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).rstrip("\n")


class Choice(msgspec.Struct, frozen=True):
    text: str
    why: str
    right: bool = False

    @property
    def key(self) -> str:
        return part_key(self.text)


class Wrong(msgspec.Struct, frozen=True):
    """A tempting wrong answer, and what is wrong with it."""

    answer: str
    why: str

    @classmethod
    def read_all(cls, table: Table, high: int) -> tuple[Self, ...]:
        found = []
        for entry in table.tables("wrong", 1, high, '`wrong = [{answer = "...", why = "..."}]`'):
            entry.only(("answer", "why"), "a wrong answer")
            found.append(cls(entry.text("answer"), entry.text("why")))
        return tuple(found)


class Cells(msgspec.Struct, frozen=True, kw_only=True):
    """A table of results as it is shown. `marked` are the places of rows that the table beside it has not, or has
    elsewhere; `more` says how many rows are left out below."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: tuple[int, ...] = ()
    more: int = 0


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one choice, item, pair, test or typed answer.

    `ok` says that the learner dealt with this part rightly: a wrong choice left alone is ok.
    `given` and `wanted` hold texts: for an item the one put in this place and the one that belongs there; for a pair
    the right-hand sides; for a typed answer what was typed and what is right; for a test what came back and what
    should. `got` and `expected` are the same for results that are tables.
    """

    key: str = ""
    text: str = ""
    ok: bool
    chosen: bool = False
    right: bool = False
    given: str = ""
    wanted: str = ""
    why: str = ""
    got: Cells | None = None
    expected: Cells | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """`score` runs from 0 to 1 and is 1 exactly when the drill is passed; `right` is the right answer as texts.

    `unclear` is the outcome of an open question until the learner has graded the answer; it becomes no evidence.
    `printed` is what the learner's program printed.
    """

    drill: str
    content_hash: str
    outcome: Literal["passed", "failed", "unclear"]
    score: float
    feedback: tuple[Feedback, ...]
    right: tuple[str, ...]
    why: str = ""
    printed: str = ""


class Proof(msgspec.Struct, frozen=True):
    """What running one key showed; `missing` names the tool that was not there."""

    problems: tuple[str, ...] = ()
    refuted: int = 0
    missing: str = ""


class DrillBase(msgspec.Struct, frozen=True, kw_only=True):
    kind: ClassVar[Kind]

    skill: str
    name: str
    seconds: int
    prompt: str
    why: str = ""

    @property
    def id(self) -> str:
        return f"{self.skill}/{self.name}"

    @property
    def content_hash(self) -> str:
        """Changes with what is asked and with the key; not with explanations, estimates or the order in the file."""
        asked = msgspec.json.encode([self.kind, self.prompt.strip(), self.asked_and_key()])
        return hashlib.sha256(asked).hexdigest()[:16]

    def asked_and_key(self) -> Sequence[object]:
        raise NotImplementedError


class Single(DrillBase, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "single"
    choices: tuple[Choice, ...]

    def asked_and_key(self) -> Sequence[object]:
        return sorted((choice.text, choice.right) for choice in self.choices)


class Multiple(DrillBase, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "multiple"
    choices: tuple[Choice, ...]

    def asked_and_key(self) -> Sequence[object]:
        return sorted((choice.text, choice.right) for choice in self.choices)


class Order(DrillBase, frozen=True, kw_only=True):
    """`items` stand in the right order."""

    kind: ClassVar[Kind] = "order"
    items: tuple[str, ...]

    def asked_and_key(self) -> Sequence[object]:
        return self.items


class Match(DrillBase, frozen=True, kw_only=True):
    """`extra` are right-hand sides that belong to no left-hand side."""

    kind: ClassVar[Kind] = "match"
    pairs: tuple[tuple[str, str], ...]
    extra: tuple[str, ...] = ()

    def asked_and_key(self) -> Sequence[object]:
        return [sorted(self.pairs), sorted(self.extra)]


class FillIn(DrillBase, frozen=True, kw_only=True):
    """With a `language` the key is executable: `program` holds the blank and `output` is what it must print."""

    kind: ClassVar[Kind] = "fill-in"
    answers: tuple[str, ...]
    wrong: tuple[Wrong, ...]
    language: Language | None = None
    program: str = ""
    output: str = ""

    def asked_and_key(self) -> Sequence[object]:
        return [sorted(self.answers), self.language, self.program, self.output]

    def filled(self, answer: str) -> str:
        """The program with the answer in the blank."""
        return BLANK.sub(lambda _: answer, self.program)


class Predict(DrillBase, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "predict"
    language: Language
    program: str
    output: str
    wrong: tuple[Wrong, ...]

    def asked_and_key(self) -> Sequence[object]:
        return [self.language, self.program, self.output]


class Written(DrillBase, frozen=True, kw_only=True):
    """A kind whose answer is written in an editor. Each lies in one module of `kinds/`: its fields, how it is read,
    graded, proven and shown."""

    title: ClassVar[str]
    """What the page calls it."""
    fields: ClassVar[tuple[str, ...]]
    """What its table in the file may hold beyond the fields of every kind."""
    self_graded: ClassVar[bool] = False

    @property
    def code_language(self) -> Language | None:
        """Of the answer; None for prose."""
        return None

    @property
    def syntax(self) -> str:
        """Of the answer, as the editor and Pygments call it; empty for prose."""
        return self.code_language or ""

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        """From a table of the file; what is wrong is said to `table`, and the drill is then dropped."""
        raise NotImplementedError

    def grade(self, answer: object) -> Result:
        raise NotImplementedError

    def prove(self) -> Proof:
        """Executes the key and the wrong answers; of a kind without an executable key, nothing is asked."""
        raise NotImplementedError

    def shown(self, shown: "Shown") -> "Shown":
        """Adds what this kind shows to what every kind shows."""
        return shown

    @property
    def explanations(self) -> tuple[str, ...]:
        """Markdown beyond `prompt` and `why`, for the linter."""
        return ()

    def result(self, feedback: Sequence[Feedback], right: tuple[str, ...], *, printed: str = "") -> Result:
        """Passed when every part is ok; the score is the share of parts that are."""
        ok = sum(part.ok for part in feedback)
        return Result(
            drill=self.id,
            content_hash=self.content_hash,
            outcome="passed" if ok == len(feedback) else "failed",
            score=ok / len(feedback),
            feedback=tuple(feedback),
            right=right,
            why=self.why,
            printed=printed,
        )


Drill: TypeAlias = Single | Multiple | Order | Match | FillIn | Predict | Written


class Part(msgspec.Struct, frozen=True):
    """One choice, item or side of a pair as the learner sees it; the answer names it by its key."""

    key: str
    text: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A drill as it is put to a learner: nothing in it tells the right answer."""

    id: str
    skill: str
    kind: Kind
    seconds: int
    prompt: str
    content_hash: str
    choices: tuple[Part, ...] = ()
    items: tuple[Part, ...] = ()
    lefts: tuple[Part, ...] = ()
    rights: tuple[Part, ...] = ()
    language: Language | None = None
    program: str = ""
    start: str = ""
    """What the editor holds at first."""
    file: str = ""
    """The path of the file that is written."""


def show(drill: Drill, *, learner: str, seed: str) -> Shown:
    """The same learner and attempt seed give the same order; over seeds every position is equally likely."""

    def shuffled(texts: Iterable[str]) -> tuple[Part, ...]:
        def draw(part: Part) -> bytes:
            return hashlib.sha256("\0".join((drill.id, learner, seed, part.key)).encode()).digest()

        return tuple(sorted((Part(part_key(text), text) for text in texts), key=draw))

    shown = Shown(
        id=drill.id,
        skill=drill.skill,
        kind=drill.kind,
        seconds=drill.seconds,
        prompt=drill.prompt,
        content_hash=drill.content_hash,
    )
    replace = msgspec.structs.replace
    match drill:
        case Single() | Multiple():
            return replace(shown, choices=shuffled(choice.text for choice in drill.choices))
        case Order():
            return replace(shown, items=_unsolved(shuffled(drill.items), drill.items))
        case Match():
            lefts = tuple(Part(part_key(left), left) for left, _ in drill.pairs)
            rights = shuffled([*(right for _, right in drill.pairs), *drill.extra])
            return replace(shown, lefts=lefts, rights=rights)
        case FillIn() | Predict():
            return replace(shown, language=drill.language, program=drill.program)
        case Written():
            return drill.shown(shown)


def _unsolved(shown: tuple[Part, ...], right_order: tuple[str, ...]) -> tuple[Part, ...]:
    """Items that happen to lie in the right order are turned by one, else there is nothing to do."""
    if tuple(part.text for part in shown) == right_order:
        return (*shown[1:], shown[0])
    return shown
