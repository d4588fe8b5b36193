"""Proves answer keys by running them: no key, and no wrong answer, is taken on trust where it can be executed."""

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from backroad.drills.load import Mistake, read_drills, read_lesson, shown_path
from backroad.drills.model import Drill, FillIn, Predict, Proof, Written, fold_output
from backroad.kit.execute import LANGUAGES, Language, Missing, Output, run
from backroad.kit.markdown import Fence, outline

AT_ONCE = 2


class KindProof(msgspec.Struct, frozen=True, kw_only=True):
    """Of the drills of one kind: keys that were executed, and wrong answers that were shown to be wrong."""

    executed: int = 0
    refuted: int = 0


class KeyReport(msgspec.Struct, frozen=True, kw_only=True):
    """`executable` and `executed` count drills whose key is a program, `examples` the runnable ones of lessons."""

    executable: int
    executed: int
    distractors_refuted: int
    by_kind: dict[str, KindProof] = {}
    examples: int
    examples_run: int
    left_out: tuple[str, ...]
    problems: tuple[Mistake, ...]


class _Key(msgspec.Struct, frozen=True):
    file: str
    line: int
    drill: str
    kind: str
    prove: Callable[[], Proof]


def check_keys(folders: Iterable[Path]) -> KeyReport:
    """Runs every executable key and every runnable example of these skills; drills that do not load are passed over."""
    keys = [key for folder in folders for key in _keys(folder)]
    with ThreadPoolExecutor(AT_ONCE, "keys") as pool:
        found = list(pool.map(lambda key: key.prove(), keys))
    found = [_again(key) if result.problems else result for key, result in zip(keys, found, strict=True)]
    both = list(zip(keys, found, strict=True))
    return KeyReport(
        executable=sum(bool(key.drill) for key in keys),
        executed=sum(bool(key.drill) and not result.missing for key, result in both),
        distractors_refuted=sum(result.refuted for result in found),
        by_kind=_by_kind(both),
        examples=sum(not key.drill for key in keys),
        examples_run=sum(not key.drill and not result.missing for key, result in both),
        left_out=tuple(_left_out(key, result.missing) for key, result in both if result.missing),
        problems=tuple(
            Mistake(key.file, text, key.line, key.drill) for key, result in both for text in result.problems
        ),
    )


def _again(key: _Key) -> Proof:
    """Alone: a program that shows waiting may come out otherwise beside another one on a busy machine."""
    with _ran_lock:
        _ran.clear()
    return key.prove()


def _by_kind(both: list[tuple[_Key, Proof]]) -> dict[str, KindProof]:
    counts: dict[str, KindProof] = {}
    for key, result in both:
        if key.kind and not result.missing:
            known = counts.get(key.kind, KindProof())
            counts[key.kind] = KindProof(executed=known.executed + 1, refuted=known.refuted + result.refuted)
    return counts


def _left_out(key: _Key, tool: str) -> str:
    what = f"drill `{key.drill}`" if key.drill else "the example"
    return f"{key.file}:{key.line}: {what} was not run, because `{tool}` is not installed."


def _keys(folder: Path) -> Iterator[_Key]:
    lesson = folder / "lesson.md"
    fences = outline(read_lesson(folder)).fences
    for example, output in itertools.pairwise(fences):
        if is_runnable(example) and example.language in LANGUAGES and output.language == "output" and output.adjacent:
            yield _Key(shown_path(lesson), example.line, "", "", _prover(_prove_example, example, output))
    loaded = read_drills(folder)
    for drill in loaded.drills:
        if (isinstance(drill, Predict | FillIn) and drill.language) or (
            isinstance(drill, Written) and not drill.self_graded
        ):
            line = loaded.lines[drill.name]
            yield _Key(shown_path(folder / "drills.toml"), line, drill.name, drill.kind, _prover(_prove, drill))


def _prover(function: Callable[..., Proof], *arguments: object) -> Callable[[], Proof]:
    return lambda: function(*arguments)


def is_runnable(fence: Fence) -> bool:
    return "run" in fence.flags


def _prove_example(example: Fence, stated: Fence) -> Proof:
    ran = _run(_language(example), example.code)
    if isinstance(ran, Missing):
        return Proof(missing=ran.tool)
    if ran.trouble:
        return Proof((f"the example does not run: {ran.trouble}.",))
    difference = _difference(stated.code, ran.stdout)
    return Proof((f"the `output` below the example is wrong: {difference}.",) if difference else ())


def _language(fence: Fence) -> Language:
    return next(language for language in LANGUAGES if language == fence.language)


def _prove(drill: Drill) -> Proof:
    if isinstance(drill, Written):
        return drill.prove()
    return _prove_predict(drill) if isinstance(drill, Predict) else _prove_fill_in(drill)


def _prove_predict(drill: Predict) -> Proof:
    ran = _run(drill.language, drill.program)
    if isinstance(ran, Missing):
        return Proof(missing=ran.tool)
    if ran.trouble:
        return Proof((f"`program` does not run: {ran.trouble}.",))
    problems = []
    if difference := _difference(drill.output, ran.stdout):
        problems.append(f"`output` is wrong: {difference}.")
    refuted = [wrong for wrong in drill.wrong if fold_output(wrong.answer) != fold_output(ran.stdout)]
    problems += [
        f"`wrong`: {wrong.answer!r} is what the program prints; take it out."
        for wrong in drill.wrong
        if wrong not in refuted
    ]
    return Proof(tuple(problems), len(refuted))


def _prove_fill_in(drill: Drill) -> Proof:
    assert isinstance(drill, FillIn)
    assert drill.language is not None
    problems: list[str] = []
    refuted = 0
    for answer in drill.answers:
        ran = _run(drill.language, drill.filled(answer))
        if isinstance(ran, Missing):
            return Proof(missing=ran.tool)
        fault = ran.trouble or _difference(drill.output, ran.stdout)
        if fault:
            problems.append(f"with the answer {answer!r} `program` does not print `output`: {fault}.")
    for wrong in drill.wrong:
        ran = _run(drill.language, drill.filled(wrong.answer))
        if isinstance(ran, Missing):
            return Proof(missing=ran.tool)
        if ran.ok and not _difference(drill.output, ran.stdout):
            problems.append(
                f"`wrong`: {wrong.answer!r} prints `output` too; it is right, or the program does not tell."
            )
        else:
            refuted += 1
    return Proof(tuple(problems), refuted)


def _difference(stated: str, printed: str) -> str:
    """Where two outputs part, in a few words; empty when they agree."""
    says, prints = fold_output(stated).split("\n"), fold_output(printed).split("\n")
    for number, (said, got) in enumerate(zip(says, prints, strict=False), 1):
        if said != got:
            return f"line {number} says {said[:80]!r}, the program prints {got[:80]!r}"
    if len(says) != len(prints):
        lines = "1 line" if len(says) == 1 else f"{len(says)} lines"
        return f"it has {lines}, the program prints {len(prints)}"
    return ""


_ran: dict[tuple[Language, str], Output] = {}
_ran_lock = threading.Lock()


def _run(language: Language, program: str) -> Output | Missing:
    """Runs a program once in the life of this process."""
    with _ran_lock:
        known = _ran.get((language, program))
    if known:
        return known
    ran = run(language, program)
    if isinstance(ran, Output) and not ran.stopped:
        with _ran_lock:
            _ran[language, program] = ran
    return ran
