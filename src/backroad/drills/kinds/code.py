"""**code**: a function in Python or JavaScript, run in a sandbox against tests.

`start` is what the editor shows, `tests` are calls with what they must give: `equals`, a literal, or `raises`, the
name of an exception. `helpers` is a program that runs after the learner's and defines what calls need beyond an
expression. All calls run in order in one program. What they should give stays here, where it is compared.
"""

import ast
import functools
import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.answers import program_of
from backroad.drills.model import Feedback, Kind, Proof, Result, Shown, Written, Wrong
from backroad.drills.sandbox.contain import MEMORY, Contained, child, contain
from backroad.drills.table import Table
from backroad.kit.errors import Problem
from backroad.kit.execute import Language

SECONDS = 5
KNOWN_SECONDS = 2
"""Of the wrong answers that are listed: an endless one is known to be endless."""
MOST_SHOWN = 600
LANGUAGES: tuple[Language, ...] = ("python", "node")


class CallTest(msgspec.Struct, frozen=True):
    call: str
    equals: str = ""
    raises: str = ""
    why: str = ""

    @property
    def wanted(self) -> Any:
        return literal(self.equals)


class Code(Written, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "code"
    title: ClassVar[str] = "Write a function"
    fields: ClassVar[tuple[str, ...]] = ("language", "start", "helpers", "tests", "answer", "wrong")

    language: Language
    start: str
    helpers: str
    tests: tuple[CallTest, ...]
    answer: str
    wrong: tuple[Wrong, ...]

    def asked_and_key(self) -> Sequence[object]:
        return [self.language, self.helpers, [(test.call, test.equals, test.raises) for test in self.tests]]

    @property
    def code_language(self) -> Language:
        return self.language

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        language = table.text("language")
        if language and language not in LANGUAGES:
            table.say(f"`language` is `{language}`; use one of {', '.join(LANGUAGES)}.")
        return cls(
            **base,
            language="node" if language == "node" else "python",
            start=table.text("start"),
            helpers=table.text("helpers", required=False),
            tests=_tests(table),
            answer=table.text("answer"),
            wrong=Wrong.read_all(table, 6),
        )

    @property
    def explanations(self) -> tuple[str, ...]:
        return (*(wrong.why for wrong in self.wrong), *(test.why for test in self.tests if test.why))

    def shown(self, shown: Shown) -> Shown:
        return msgspec.structs.replace(shown, language=self.language, start=self.start)

    def grade(self, answer: object) -> Result:
        contained = self.run(program_of(answer))
        if isinstance(contained, str):
            raise Problem("Node.js is not installed, so this drill cannot be run here.", "Install Node.js 20 or newer.")
        feedback = self.judge(contained)
        if not all(part.ok for part in feedback):
            mistaken = _signature(feedback)
            why = next(
                (wrong.why for wrong, its in zip(self.wrong, self.mistakes(), strict=True) if its == mistaken), ""
            )
            if why:
                feedback.insert(0, Feedback(ok=False, why=why))
        return self.result(feedback, (self.answer.strip(),), printed=contained.printed[:4000])

    def run(self, code: str, seconds: int = SECONDS) -> Contained | str:
        """What the sandbox saw, or the name of the tool that is missing."""
        request = {
            "code": code,
            "helpers": self.helpers,
            "calls": [test.call for test in self.tests],
            "seconds": seconds,
            "memory": MEMORY,
        }
        if self.language == "python":
            command = [sys.executable, "-I", "-S", "-u", "-X", "utf8", child("python_child.py")]
        elif node := _node():
            command = [sys.executable, "-I", "-S", child("node_start.py"), *node]
        else:
            return "node"
        return contain(command, request, seconds=seconds)

    def judge(self, contained: Contained) -> list[Feedback]:
        """A part for each test; a `Problem` where the program does not even load."""
        values = [value for value in contained.values if isinstance(value, dict)]
        first = values[0] if values else {}
        if "broken" in first:
            raise Problem(
                f"Your code does not run: {first['broken']}.", "Change it and answer again; this was not counted."
            )
        if "loaded" not in first and not contained.stopped and contained.complaint and not contained.printed:
            raise Problem(f"The sandbox did not start: {contained.complaint.strip()[-300:]}", "Report it.")
        found = values[1 : len(self.tests) + 1]
        ended = (
            f"It was stopped {contained.stopped} here." if contained.stopped else "The program ended here by itself."
        )
        parts = [_compared(test, value) for test, value in zip(self.tests, found, strict=False)]
        for number, test in enumerate(self.tests[len(found) :]):
            why = ended if number == 0 else "Not reached."
            parts.append(Feedback(ok=False, text=test.call, wanted=self.say(test), given="", why=why))
        return [
            msgspec.structs.replace(part, wanted=self.say(test)) for part, test in zip(parts, self.tests, strict=True)
        ]

    def say(self, test: CallTest) -> str:
        return f"an exception: {test.raises}" if test.raises else test.equals.strip()

    def mistakes(self) -> tuple[tuple[str, ...], ...]:
        return _mistakes(self)

    def prove(self) -> Proof:
        contained = self.run(self.answer)
        if isinstance(contained, str):
            return Proof(missing=contained)
        problems = [f"`answer` fails at `{part.text}`: {part.why}" for part in self._judged(contained) if not part.ok]
        refuted = 0
        for wrong in self.wrong:
            ran = self.run(wrong.answer, KNOWN_SECONDS)
            if isinstance(ran, Contained) and all(part.ok for part in self._judged(ran)):
                first = wrong.answer.strip().split("\n")[0]
                problems.append(
                    f"`wrong`: the one that begins {first[:60]!r} passes; it is right, or a test is missing."
                )
            else:
                refuted += 1
        started = self.run(self.start)
        if isinstance(started, Contained) and all(part.ok for part in self._judged(started)):
            problems.append("`start` passes as it stands; leave something to do.")
        return Proof(tuple(problems), refuted)

    def _judged(self, contained: Contained) -> list[Feedback]:
        try:
            return self.judge(contained)
        except Problem as problem:
            return [Feedback(ok=False, why=str(problem))]


@functools.lru_cache(maxsize=200)
def _mistakes(drill: Code) -> tuple[tuple[str, ...], ...]:
    """What each listed wrong answer comes to, so that a learner's can be recognised by what it does."""
    found = []
    for wrong in drill.wrong:
        ran = drill.run(wrong.answer, KNOWN_SECONDS)
        found.append(_signature(drill._judged(ran)) if isinstance(ran, Contained) else ("",))
    return tuple(found)


def _signature(feedback: Sequence[Feedback]) -> tuple[str, ...]:
    """Without what differs between two that do the same: the line, and how long it was let run."""
    told = ("" if part.ok else f"{part.given}|{part.why}" for part in feedback)
    return tuple(re.sub(r" \(line \d+\)|(?<= stopped after) \d+ s", "", text) for text in told)


def _tests(table: Table) -> tuple[CallTest, ...]:
    tests = []
    for entry in table.tables("tests", 2, 20, '`tests = [{call = "f(1)", equals = "2"}]`'):
        entry.only(("call", "equals", "raises", "why"), "a test")
        call, equals = entry.text("call"), entry.text("equals", required=False)
        raises, why = entry.text("raises", required=False), entry.text("why", required=False)
        if bool(equals) == bool(raises):
            entry.say("write either `equals` or `raises`.")
        elif equals:
            try:
                literal(equals)
            except ValueError:
                entry.say(f"`equals` is {equals!r}, which is no literal; write the value itself.")
        tests.append(CallTest(call, equals, raises, why))
    return tuple(tests)


def literal(text: str) -> Any:
    """JSON, or a Python literal of the same values; a tuple is a list. A `ValueError` if it is neither."""
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return json.loads(json.dumps(ast.literal_eval(text.strip())))
    except (SyntaxError, TypeError, RecursionError, MemoryError) as error:
        raise ValueError(str(error))


def alike(given: object, wanted: object) -> bool:
    """Equal as JSON: a boolean is no number, and fractions agree to nine digits."""
    if isinstance(given, bool) or isinstance(wanted, bool):
        return given is wanted
    if isinstance(given, int | float) and isinstance(wanted, int | float):
        if isinstance(given, int) and isinstance(wanted, int):
            return given == wanted
        try:
            return math.isclose(given, wanted, rel_tol=1e-9, abs_tol=1e-12)
        except OverflowError:
            return False
    if isinstance(given, list) and isinstance(wanted, list):
        return len(given) == len(wanted) and all(map(alike, given, wanted))
    if isinstance(given, dict) and isinstance(wanted, dict):
        return given.keys() == wanted.keys() and all(alike(given[key], wanted[key]) for key in wanted)
    return type(given) is type(wanted) and given == wanted


def _compared(test: CallTest, found: Mapping[str, Any]) -> Feedback:
    ok = False
    if "value" in found:
        given = _shown(found["value"])
        ok = not test.raises and alike(found["value"], test.wanted)
    elif "raised" in found:
        given = f"an exception: {str(found.get('said'))[:MOST_SHOWN]}"
        ok = bool(test.raises) and found["raised"] == test.raises
    else:
        given = str(found.get("unfit", "nothing that can be read"))[:MOST_SHOWN]
    return Feedback(ok=ok, text=test.call, given=given, why="" if ok else test.why)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= MOST_SHOWN else text[:MOST_SHOWN] + "…"


@functools.cache
def _node() -> tuple[str, ...]:
    """The real Node.js with the script it runs and its options; empty where there is none that is new enough."""
    found = shutil.which("node")
    if found is None:
        return ()
    asked = subprocess.run(
        [found, "-p", "JSON.stringify([process.execPath, process.versions.node])"],
        capture_output=True,
        text=True,
        timeout=10,
    )
    try:
        path, version = json.loads(asked.stdout)
        numbers = tuple(int(part) for part in version.split(".")[:2])
    except ValueError:
        return ()
    if numbers < (20, 0):
        return ()
    permission = "--permission" if numbers >= (23, 5) else "--experimental-permission"
    return (os.path.realpath(path), child("node_child.js"), permission, "--no-warnings", "--max-old-space-size=128")
