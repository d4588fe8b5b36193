"""**http**: a client that talks to a drill server of ours: get a 304, page to the end, pass a preflight.

`scenario` names the server (`http_server/scenarios/`), `goals` those of its goals that count. The answer is a text of
requests (`http_server/script.py`), which is sent over a real socket; in the terminal a client of the learner's own may
take its place. Either way the scenario judges the exchanges alone. A wrong answer names the one goal that it `misses`.
"""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import msgspec

from backroad.drills.answers import program_of
from backroad.drills.http_server.exchange import Exchange
from backroad.drills.http_server.scenario import Scenario
from backroad.drills.http_server.scenarios import SCENARIOS
from backroad.drills.http_server.script import read_script
from backroad.drills.http_server.send import Sent, send
from backroad.drills.http_server.transcript import transcript
from backroad.drills.model import Feedback, Kind, Proof, Result, Shown, Written
from backroad.drills.table import Table, no_twins
from backroad.kit.errors import Problem

_COMMON = frozenset(("host", "content-length", "content-type", "accept", "accept-encoding", "user-agent", "connection"))


class WrongRequests(msgspec.Struct, frozen=True):
    """Requests that seem to do, why they do not, and the goal that they miss."""

    answer: str
    why: str
    misses: str


class Http(Written, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "http"
    title: ClassVar[str] = "Send requests"
    fields: ClassVar[tuple[str, ...]] = ("scenario", "goals", "start", "answer", "wrong")

    scenario: str
    goals: tuple[str, ...]
    start: str
    answer: str
    wrong: tuple[WrongRequests, ...]

    @property
    def server(self) -> type[Scenario]:
        return SCENARIOS[self.scenario]

    @property
    def syntax(self) -> str:
        return "http"

    def asked_and_key(self) -> Sequence[object]:
        return [self.scenario, [(goal, self.server.goals[goal]) for goal in self.goals]]

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        name = table.text("scenario")
        if name and name not in SCENARIOS:
            table.say(f"`scenario` is `{name}`; use one of {', '.join(SCENARIOS)}.")
        known = tuple(SCENARIOS[name].goals) if name in SCENARIOS else ()
        goals = table.texts("goals", 1, 8, required=False) or known
        no_twins(table, "goals", goals)
        for goal in goals:
            if known and goal not in known:
                table.say(f"`goals`: `{goal}` is none of this scenario's; use {', '.join(known)}.")
        return cls(
            **base,
            scenario=name,
            goals=goals,
            start=table.text("start"),
            answer=table.text("answer"),
            wrong=_wrong(table, goals),
        )

    @property
    def explanations(self) -> tuple[str, ...]:
        return tuple(wrong.why for wrong in self.wrong)

    def shown(self, shown: Shown) -> Shown:
        judged = "\n".join(f"- {self.server.goals[goal]}" for goal in self.goals)
        prompt = f"{self.prompt.rstrip()}\n\nJudged by what the server saw:\n\n{judged}\n"
        return msgspec.structs.replace(shown, prompt=prompt, start=self.start, file="requests.http")

    def grade(self, answer: object) -> Result:
        sent = self.run(program_of(answer))
        if sent.fault:
            raise Problem(f"The drill's server failed: {sent.fault}.", "Report it; this was not counted.")
        return self.judged(sent.exchanges, sent.stopped)

    def run(self, text: str, seed: str = "") -> Sent:
        """The seed follows from the text: the same answer is judged alike, and no value can be copied from a result."""
        drawn = hashlib.sha256(f"{self.id}\0{seed}\0{text}".encode()).hexdigest()
        return send(read_script(text), self.server, drawn)

    def judged(self, exchanges: Sequence[Exchange], stopped: str = "") -> Result:
        parts = self._parts(exchanges)
        result = self.result(parts, (self.answer.strip(),), printed=transcript(exchanges, stopped))
        why = stopped or self._mistake(parts, exchanges)
        if result.outcome == "passed" or not why:
            return result
        return msgspec.structs.replace(result, feedback=(Feedback(ok=False, why=why), *parts))

    def reached(self, exchanges: Sequence[Exchange]) -> bool:
        return all(part.ok for part in self._parts(exchanges))

    def _mistake(self, parts: Sequence[Feedback], exchanges: Sequence[Exchange]) -> str:
        """The explanation of the listed wrong answer that misses the same, for the same reasons and in the same way."""
        made = (_missed(parts), _shape(exchanges))
        return next((why for why, its in _mistakes(self) if its == made), "") if made[0] else ""

    def _parts(self, exchanges: Sequence[Exchange]) -> tuple[Feedback, ...]:
        missed = self.server.judge(exchanges)
        return tuple(
            Feedback(key=goal, text=self.server.goals[goal], ok=goal not in missed, why=missed.get(goal, ""))
            for goal in self.goals
        )

    def prove(self) -> Proof:
        problems = [*self._proven(self.answer, ""), *self._proven(self.answer, "another")]
        refuted = 0
        for wrong in self.wrong:
            first = next((line for line in wrong.answer.split("\n") if line.strip(" #")), "")
            said = f"`wrong`: the one that begins {first[:60]!r}"
            found = self._misses(wrong.answer)
            if isinstance(found, str):
                problems.append(f"{said} cannot be sent: {found}")
            elif found != [wrong.misses]:
                problems.append(
                    f"{said} misses {', '.join(found) or 'nothing'}; it says that it misses {wrong.misses}."
                )
            else:
                refuted += 1
        if self._misses(self.start) == []:
            problems.append("`start` passes as it stands; leave something to do.")
        return Proof(tuple(problems), refuted)

    def _misses(self, text: str) -> list[str] | str:
        """The goals that an answer misses, or why it cannot be sent."""
        try:
            sent = self.run(text)
        except Problem as problem:
            return str(problem)
        return sent.fault or [part.key for part in self._parts(sent.exchanges) if not part.ok]

    def _proven(self, text: str, seed: str) -> list[str]:
        try:
            sent = self.run(text, seed)
        except Problem as problem:
            return [f"`answer` cannot be sent: {problem}"]
        stopped = [f"`answer` stops: {why}" for why in (sent.stopped, sent.fault) if why]
        return stopped + [f"`answer` misses `{p.key}`: {p.why}" for p in self._parts(sent.exchanges) if not p.ok]


Missed = tuple[tuple[str, str], ...]
Shape = tuple[tuple[str, int, frozenset[str]], ...]


@functools.lru_cache(maxsize=200)
def _mistakes(drill: Http) -> tuple[tuple[str, tuple[Missed, Shape]], ...]:
    """What each listed wrong answer comes to, so that a learner's can be recognised by what it does."""
    seen = [(wrong.why, drill.run(wrong.answer).exchanges) for wrong in drill.wrong]
    return tuple((why, (_missed(drill._parts(exchanges)), _shape(exchanges))) for why, exchanges in seen)


def _missed(parts: Sequence[Feedback]) -> Missed:
    return tuple((part.key, part.why) for part in parts if not part.ok)


def _shape(exchanges: Sequence[Exchange]) -> Shape:
    return tuple(
        (one.method, one.status, frozenset(name.lower() for name, _ in one.request.headers) - _COMMON)
        for one in exchanges
    )


def _wrong(table: Table, goals: Sequence[str]) -> tuple[WrongRequests, ...]:
    found = []
    for entry in table.tables("wrong", 1, 6, '`wrong = [{answer = "...", misses = "...", why = "..."}]`'):
        entry.only(("answer", "why", "misses"), "a wrong answer")
        wrong = WrongRequests(entry.text("answer"), entry.text("why"), entry.text("misses"))
        if wrong.misses and wrong.misses not in goals:
            entry.say(f"`misses` is `{wrong.misses}`, which is none of the goals; use {', '.join(goals)}.")
        found.append(wrong)
    return tuple(found)
