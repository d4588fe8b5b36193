"""**jwt**: tokens to build, to break and to verify.

`build`: a token that the rules accept and that reaches the goals. `break`: one that the `broken` verifier accepts, and
a correct one refuses. `verify`: for each of several tokens, whether a correct verifier accepts it, or the first reason
why not. The answer to the first two is a token, or its header, payload and key, from which we make it. The time is
fixed, `keys` names the keys that are shown; nothing is fetched, and no key is made.
"""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self, TypeVar

import msgspec

from backroad.drills.answers import program_of
from backroad.drills.model import Feedback, Kind, Proof, Result, Shown, Written, Wrong
from backroad.drills.table import Table, no_twins
from backroad.drills.tokens.broken import VERIFIERS, source_of
from backroad.drills.tokens.compact import Token, read, token_of
from backroad.drills.tokens.correct import reasons, refusal
from backroad.drills.tokens.goals import Goal
from backroad.drills.tokens.keys import KEYS
from backroad.drills.tokens.setting import Rules, Setting
from backroad.drills.tokens.verdicts import verdicts
from backroad.kit.errors import Problem

TASKS = ("build", "break", "verify")
_START = '{"alg": "HS256", "typ": "JWT"}\n\n{"sub": "42"}\n\nkey: none\n'
_REASONS = {
    "malformed": "it is not written as a token must be",
    "alg": "the algorithm is not one that it takes",
    "crit": "`crit` names an extension that it does not know",
    "kid": "it has no key of this name",
    "signature": "the signature is not that of its key",
    "exp": "`exp` is missing, no number, or not after now",
    "nbf": "`nbf` is no number, or after now",
    "typ": "the header's `typ` is missing or another one",
    "jti": "the token with this `jti` is on its deny list",
    "denied": "this very text is on its deny list",
    "jku": "the address does not begin as it asks",
}
T = TypeVar("T")


class Specimen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A token that is shown: in three parts, to be signed with any key that we have, or as it stands."""

    name: str
    text: str
    why: str = ""


class WrongToken(Wrong, frozen=True):
    """`misses` are the names of all parts that it misses: goals, tokens, `accepted: REASON`, `broken: REASON`."""

    misses: tuple[str, ...] = ()


class Jwt(Written, frozen=True, kw_only=True):
    kind: ClassVar[Kind] = "jwt"
    title: ClassVar[str] = "Work on a token"
    fields: ClassVar[tuple[str, ...]] = (
        "task", "now", "rules", "keys", "secrets", "files", "hosts", "tokens", "denied", "broken", "goals", "start",
        "answer", "wrong",
    )  # fmt: skip

    task: str
    now: int
    rules: Rules
    keys: tuple[str, ...] = ()
    secrets: dict[str, str] = {}
    files: dict[str, str] = {}
    hosts: dict[str, str] = {}
    tokens: tuple[Specimen, ...] = ()
    denied: tuple[str, ...] = ()
    broken: str = ""
    goals: tuple[Goal, ...] = ()
    start: str = _START
    answer: str
    wrong: tuple[WrongToken, ...]

    def asked_and_key(self) -> Sequence[object]:
        world = [self.secrets, self.files, self.hosts, self.denied, self.broken]
        tokens = [(specimen.name, specimen.text) for specimen in self.tokens]
        goals = [msgspec.structs.replace(goal, say="", why="") for goal in self.goals]
        return [self.task, self.now, self.rules, self.keys, world, tokens, goals, self.answer]

    @classmethod
    def read(cls, table: Table, base: Mapping[str, Any]) -> Self:
        def field(name: str, kind: type[T], empty: T) -> T:
            try:
                return msgspec.convert(table.table.get(name, empty), kind)
            except msgspec.ValidationError as error:
                table.say(f"`{name}`: {error}.")
                return empty

        drill = cls(
            **base,
            task=table.text("task"),
            now=field("now", int, 0),
            rules=field("rules", Rules, Rules(alg="")),
            keys=table.texts("keys", 1, 6, required=False),
            secrets=field("secrets", dict[str, str], {}),
            files=field("files", dict[str, str], {}),
            hosts=field("hosts", dict[str, str], {}),
            tokens=field("tokens", tuple[Specimen, ...], ()),
            denied=table.texts("denied", 1, 3, required=False),
            broken=table.text("broken", required=False),
            goals=field("goals", tuple[Goal, ...], ()),
            start=table.text("start", required=False) or (_START if table.table.get("task") != "verify" else ""),
            answer=table.text("answer"),
            wrong=_wrong(table),
        )
        for sentence in drill._faults():
            table.say(sentence)
        return drill

    def _faults(self) -> list[str]:
        """What does not fit together as it is declared."""
        found = []
        if self.task not in TASKS:
            found.append(f"`task` is {self.task!r}; use one of {', '.join(TASKS)}.")
        if not 10**9 <= self.now < 10**10:
            found.append("`now` is missing or not in seconds since 1970; write it, as 1800000000.")
        if (self.task == "break") != bool(self.broken) or (self.broken and self.broken not in VERIFIERS):
            found.append(f"`broken` belongs to `break`, and is one of {', '.join(VERIFIERS)}.")
        if self.task == "verify" and not 3 <= len(self.tokens) <= 8:
            found.append(f"`tokens` has {len(self.tokens)} entries; write 3 to 8 to verify.")
        if not self.rules.alg or bool(self.rules.key) == bool(self.rules.keys):
            found.append("`rules` needs `alg`, and either `key` or `keys`.")
        named = [*self.keys, *self.files.values(), *self.hosts.values(), *self.rules.keys.values(), self.rules.key]
        missing = sorted({name for name in named if name} - KEYS.keys() - self.secrets.keys())
        found += [f"{name!r} names no key; put it in `secrets`." for name in missing]
        found += [f"`goals`: {goal.name}: {fault}." for goal in self.goals if (fault := goal.wrong())]
        absent = sorted(set(self.denied) - {specimen.name for specimen in self.tokens})
        return [*found, *(f"`denied`: there is no token {name!r}." for name in absent)]

    @property
    def explanations(self) -> tuple[str, ...]:
        texts = [wrong.why for wrong in self.wrong]
        texts += [text for goal in self.goals for text in (goal.say, goal.why)]
        return (*texts, *(specimen.why for specimen in self.tokens))

    @property
    def every_key(self) -> dict[str, str]:
        return {**KEYS, **self.secrets}

    @property
    def published(self) -> dict[str, str]:
        return {name: self.every_key[name] for name in self.keys}

    def compact(self) -> dict[str, str]:
        """The tokens that are shown, signed."""
        return {
            specimen.name: token_of(specimen.text, self.every_key).text
            if specimen.text.lstrip().startswith("{")
            else "".join(specimen.text.split())
            for specimen in self.tokens
        }

    def setting(self) -> Setting:
        every, shown = self.every_key, self.compact()
        return Setting(
            now=self.now,
            rules=self.rules,
            keys=every,
            files={path: every[name] for path, name in self.files.items()},
            hosts=self.hosts,
            denied=tuple(token_of(shown[name], {}) for name in self.denied),
        )

    def shown(self, shown: Shown) -> Shown:
        return msgspec.structs.replace(shown, program="\n\n".join(self._given()) + "\n", start=self.start)

    def _given(self) -> list[str]:
        at = datetime.datetime.fromtimestamp(self.now, datetime.UTC)
        rules = self.rules.said(self.keys, self.denied)
        parts = [f"Now it is {self.now}, {at:%Y-%m-%d %H:%M:%S} UTC.\n\nA correct verifier:\n{rules}"]
        if self.task == "verify":
            parts.append(f"Its reasons, in order:\n  {', '.join(self._reasons())}")
        if self.broken:
            parts.append(f"The broken verifier; `at` holds the rules and the key:\n\n{source_of(self.broken)}")
        if goals := [goal.say for goal in self.goals]:
            parts.append("The token must do this, too:\n" + "\n".join(f"- {say}" for say in goals))
        parts += [f"{name}, {_size(text)}:\n{text.rstrip()}" for name, text in self.published.items()]
        return parts + [f"token {name}:\n{text}" for name, text in self.compact().items()]

    def grade(self, answer: object) -> Result:
        text = program_of(answer)
        feedback = self.judge(text)
        if not all(part.ok for part in feedback):
            same = [wrong.why for wrong in self.wrong if wrong.answer.split() == text.split()]
            mistake = self._mistake(text)
            alike = same or [wrong.why for wrong in self.wrong if self._mistake(wrong.answer) == mistake]
            if len(alike) == 1:
                feedback.insert(0, Feedback(ok=False, why=alike[0]))
        return self.result(feedback, (self.answer.strip(),))

    def judge(self, text: str) -> list[Feedback]:
        """A part for each thing that is asked, its `key` saying what was missed; a `Problem` if it cannot be read."""
        at = self.setting()
        if self.task == "verify":
            return self._compare(verdicts(text, [token.name for token in self.tokens], self._reasons()), at)
        token = self._token(text)
        refused = refusal(token.text, at)
        if self.task == "build":
            first = [_verified("accepted", "A correct verifier accepts it", refused, token)]
        else:
            broken = VERIFIERS[self.broken](token, at)
            first = [
                _verified("broken", f"`{self.broken}` accepts it", broken, token),
                Feedback(
                    key="refused",
                    text=f"A correct verifier refuses it{f', because of `{refused}`' if refused else ''}",
                    ok=bool(refused),
                    why="" if refused else "It accepts this token, which is sound: nothing is broken by it.",
                ),
            ]
        return first + [_reached(goal, goal.missed(token, self.now)) for goal in self.goals]

    def _token(self, text: str) -> Token:
        """`token A` stands for the one that is shown."""
        shown = {f"token {name}": compact for name, compact in self.compact().items()}
        known = shown.get(" ".join(text.split()))
        return read(known) if known else token_of(text, self.published)

    def _reasons(self) -> tuple[str, ...]:
        return reasons(self.rules, denies=bool(self.denied))

    def _compare(self, said: Mapping[str, str], at: Setting) -> list[Feedback]:
        shown = self.compact()
        found = []
        for specimen in self.tokens:
            refused = refusal(shown[specimen.name], at)
            wanted, given = f"refuse {refused}" if refused else "accept", said[specimen.name]
            found.append(
                Feedback(
                    key=specimen.name,
                    text=f"Token {specimen.name}",
                    ok=given == wanted,
                    given=given,
                    wanted=wanted,
                    why="" if given == wanted else specimen.why,
                )
            )
        return found

    def prove(self) -> Proof:
        problems = []
        try:
            problems += [f"`answer` misses {part.key}: {part.why}" for part in self.judge(self.answer) if not part.ok]
            if refused := refusal(self._sound_token().text, self.setting()):
                problems.append(f"`rules` refuse a sound token because of {refused}.")
            if self.compact() != self.compact():
                problems.append("`tokens`: ES256 signs each time anew; use another algorithm, or the finished token.")
        except Problem as problem:
            return Proof((f"it cannot be judged: {problem.sentence}",))
        refuted = 0
        for wrong in self.wrong:
            missed = _missed(self._judged(wrong.answer))
            if missed and missed == sorted(wrong.misses):
                refuted += 1
            else:
                begins = " ".join(wrong.answer.split())[:60]
                said = f"misses {', '.join(missed)}" if missed else "misses nothing or cannot be read"
                problems.append(
                    f"`wrong`: the one that begins {begins!r} {said}; write that in `misses`, or change it."
                )
        if self.start.strip() and self._judged(self.start) and not _missed(self._judged(self.start)):
            problems.append("`start` passes as it stands; leave something to do.")
        return Proof(tuple(problems), refuted)

    def _judged(self, text: str) -> list[Feedback]:
        try:
            return self.judge(text)
        except Problem:
            return []

    def _mistake(self, text: str) -> object:
        """The same for answers that are wrong in the same way: what is missed, and how the token wants to be read."""
        parts = [(part.key, part.why, part.wanted and part.given) for part in self._judged(text) if not part.ok]
        if self.task == "verify" or not parts:
            return parts
        token = self._token(text)
        typed = any(key.endswith(": typ") for key, _, _ in parts)
        header = {name: value for name, value in token.header.items() if name != "typ" or typed}
        return parts, header, token.signature == b""

    def _sound_token(self) -> Token:
        """One that the rules must accept; else a verifier that refuses everything would do."""
        rules = self.rules
        kid, name = next(iter(rules.keys.items()), ("", rules.key))
        header = {"alg": rules.alg} | ({"kid": kid} if kid else {}) | ({"typ": rules.typ} if rules.typ else {})
        claims: dict[str, object] = dict.fromkeys(rules.require, "x")
        claims |= {"iss": rules.iss, "aud": rules.aud, "exp": self.now + 300} | rules.claims
        parts = [msgspec.json.encode(part).decode() for part in (header, claims)]
        return token_of("\n\n".join([*parts, f"key: {name.replace('-public', '')}"]), self.every_key)


def _wrong(table: Table) -> tuple[WrongToken, ...]:
    found = []
    for entry in table.tables("wrong", 1, 6, '`wrong = [{answer = "...", misses = "...", why = "..."}]`'):
        entry.only(("answer", "misses", "why"), "a wrong answer")
        one = entry.table.get("misses")
        misses = (one,) if isinstance(one, str) else entry.texts("misses", 1, 8)
        found.append(WrongToken(entry.text("answer"), entry.text("why"), misses))
    no_twins(table, "wrong", [wrong.answer for wrong in found])
    return tuple(found)


def _size(text: str) -> str:
    count = len(text.encode())
    return f"{count} bytes, the last a line end" if text.endswith("\n") else f"{count} bytes"


def _verified(key: str, text: str, refused: str, token: Token) -> Feedback:
    because = _REASONS.get(refused, f"`{refused}` is missing, or not what it wants")
    return Feedback(
        key=f"{key}: {refused}" if refused else key,
        text=text,
        ok=not refused,
        given=token.text,
        why=f"It refuses because of `{refused}`: {because}." if refused else "",
    )


def _reached(goal: Goal, missed: str) -> Feedback:
    return Feedback(key=goal.name, text=goal.say, ok=not missed, why=f"{missed} {goal.why}".strip() if missed else "")


def _missed(feedback: Sequence[Feedback]) -> list[str]:
    return sorted(part.key for part in feedback if not part.ok)
