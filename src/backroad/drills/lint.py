"""The rules of the house for lessons and drills, beyond what a file must hold to load at all."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from backroad.drills.alike import alike
from backroad.drills.keys import KindProof, check_keys, is_runnable
from backroad.drills.load import Loaded, Mistake, read_drills, read_lesson, shown_path, skill_id
from backroad.drills.model import Drill, FillIn, Multiple, Predict, Single, Written
from backroad.drills.prose import PROMPT_WORDS, reading, uncited
from backroad.kit.execute import LANGUAGES
from backroad.kit.markdown import Fence, Heading, Outline, outline

WORDS = (300, 900)
DRILLS_A_SKILL = 6
EXECUTED_A_SKILL = 2
KINDS_A_SKILL = 3
LAST_SECTIONS = ("Where this bites in production", "Sources")
_ABOVE = re.compile(r"\b(all|none|both|neither|any) of (the above|these answers|the other answers)\b", re.IGNORECASE)


class ContentReport(msgspec.Struct, frozen=True, kw_only=True):
    """`left_out` says what could not be executed on this machine; `problems` are what to change."""

    lessons: int
    drills: int
    by_kind: dict[str, int]
    keys_executable: int = 0
    keys_executed: int = 0
    distractors_refuted: int = 0
    keys_by_kind: dict[str, KindProof] = {}
    examples: int = 0
    examples_run: int = 0
    left_out: tuple[str, ...] = ()
    problems: tuple[Mistake, ...] = ()


def skill_folders(skills: Path) -> tuple[Path, ...]:
    """The folders `<area>/<name>` below `content/skills`."""
    return tuple(sorted(file.parent for file in skills.glob("*/*/skill.toml")))


def check_content(folders: Iterable[Path], *, execute: bool, skills: Collection[str] | None = None) -> ContentReport:
    """Checks the lessons and drills of these skill folders; `execute` also runs keys and examples.

    `skills` are the ids that links may name; without it, those that lie beside the folders.
    """
    folders = tuple(folders)
    known = frozenset(skills if skills is not None else _neighbours(folders))
    problems: list[Mistake] = []
    drills: list[tuple[Drill, Mistake]] = []
    lessons = 0
    for folder in folders:
        lesson, loaded = read_lesson(folder), read_drills(folder)
        lessons += bool(lesson)
        problems += loaded.mistakes
        parts = outline(lesson or "")
        problems += _lesson_mistakes(shown_path(folder / "lesson.md"), lesson, parts, known) if lesson else ()
        file = shown_path(folder / "drills.toml")
        problems += _skill_mistakes(file, loaded, written=bool(lesson))
        for drill in loaded.drills:
            place = Mistake(file, "", loaded.lines[drill.name], drill.name)
            problems += [_say(place, text) for text in _drill_mistakes(drill, known, parts)]
            drills.append((drill, place))
    problems += _twins(drills)
    report = ContentReport(
        lessons=lessons,
        drills=len(drills),
        by_kind=dict(Counter(drill.kind for drill, _ in drills)),
        problems=tuple(problems),
    )
    return _executed(report, folders) if execute else report


def _executed(report: ContentReport, folders: tuple[Path, ...]) -> ContentReport:
    keys = check_keys(folders)
    return msgspec.structs.replace(
        report,
        keys_executable=keys.executable,
        keys_executed=keys.executed,
        distractors_refuted=keys.distractors_refuted,
        keys_by_kind=keys.by_kind,
        examples=keys.examples,
        examples_run=keys.examples_run,
        left_out=keys.left_out,
        problems=report.problems + keys.problems,
    )


def _neighbours(folders: Iterable[Path]) -> Iterator[str]:
    for skills in {folder.parent.parent for folder in folders}:
        yield from map(skill_id, skill_folders(skills))


def _say(place: Mistake, text: str) -> Mistake:
    return msgspec.structs.replace(place, text=text)


def _lesson_mistakes(file: str, text: str, parts: Outline, known: Collection[str]) -> list[Mistake]:
    found = [*_shape(text, parts), *_fence_mistakes(parts.fences), *_link_mistakes(parts, known), *reading(parts)]
    found += [(0, sentence) for sentence in uncited([text], parts)]
    return [Mistake(file, sentence, line) for line, sentence in sorted(found)]


def _shape(text: str, parts: Outline) -> Iterator[tuple[int, str]]:
    low, high = WORDS
    if not low <= parts.words <= high:
        yield 0, f"the lesson has {parts.words} words outside code; write {low} to {high}."
    for heading in parts.headings:
        if heading.level == 1:
            yield heading.line, f"`# {heading.text}` is a level-1 heading; the page shows the title, so start at `##`."
    if text.lstrip().startswith("#"):
        yield 1, "the lesson starts with a heading; start with two or three sentences: what it is and why it matters."
    sections = [heading for heading in parts.headings if heading.level == 2]
    if tuple(heading.text for heading in sections[-2:]) != LAST_SECTIONS:
        wanted = " and ".join(f"`## {title}`" for title in LAST_SECTIONS)
        yield 0, f"the last two sections are not {wanted}; put them at the end."
    elif not any(link.line >= _start(sections) for link in parts.links):
        yield _start(sections), "`## Sources` links nothing; give each source its URL."
    if not any(is_runnable(fence) for fence in parts.fences):
        yield 0, "the lesson has no runnable example; add a fence such as `python run`, followed by an `output` fence."


def _start(sections: list[Heading]) -> int:
    return sections[-1].line


def _fence_mistakes(fences: tuple[Fence, ...]) -> Iterator[tuple[int, str]]:
    for index, fence in enumerate(fences):
        following = fences[index + 1] if index + 1 < len(fences) else None
        if not fence.closed:
            yield fence.line, "the code fence is never closed; add the closing fence."
        if is_runnable(fence):
            if fence.language not in LANGUAGES:
                languages = ", ".join(LANGUAGES)
                yield fence.line, f"`{fence.language} run` cannot be run; use one of {languages}, or drop `run`."
            if not following or following.language != "output" or not following.adjacent:
                yield (
                    fence.line,
                    "the runnable example is not followed at once by an `output` fence; add what it prints.",
                )
        elif fence.language == "output" and not (index and fence.adjacent and is_runnable(fences[index - 1])):
            yield fence.line, "the `output` fence does not follow a runnable example; add `run` to the example's fence."


def _link_mistakes(parts: Outline, known: Collection[str]) -> Iterator[tuple[int, str]]:
    anchors = {heading.anchor for heading in parts.headings}
    for link in parts.links:
        scheme, _, rest = link.href.partition(":")
        if scheme == "skill":
            if rest not in known:
                yield link.line, f"`{link.href}` names no skill; correct the id."
        elif link.href.startswith("#"):
            if link.href[1:] not in anchors:
                yield link.line, f"`{link.href}` names no heading of this text; correct it."
        elif not _is_sound(link.href):
            yield link.line, f"`{link.href}` is not a complete https address; correct it, or write it as code."


def _is_sound(url: str) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    host = parts.hostname or ""
    labels = all(re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", label) for label in host.split("."))
    return parts.scheme == "https" and "." in host and labels and not parts.username and port in (None, 443)


def _skill_mistakes(file: str, loaded: Loaded, *, written: bool) -> Iterator[Mistake]:
    drills = loaded.drills
    if not written:
        if drills:
            yield Mistake(file, "there are drills but no lesson.md; write the lesson.")
        return
    if len(drills) < DRILLS_A_SKILL:
        yield Mistake(file, f"the skill has {len(drills)} sound drills; write at least {DRILLS_A_SKILL}.")
    executed = sum(map(_is_executed, drills))
    if executed < EXECUTED_A_SKILL:
        yield Mistake(file, f"{executed} of the drills are graded by execution; write at least {EXECUTED_A_SKILL}.")
    kinds = {drill.kind for drill in drills}
    if len(kinds) < KINDS_A_SKILL:
        yield Mistake(file, f"the drills are of {len(kinds)} kinds; use at least {KINDS_A_SKILL}.")
    singles = [drill for drill in drills if isinstance(drill, Single)]
    telling = sum(map(_right_is_longest, singles))
    if len(singles) >= 3 and telling > 0.75 * len(singles):
        yield Mistake(
            file,
            f"the right choice is the longest in {telling} of {len(singles)} single drills; "
            "shorten some of the right ones or lengthen wrong ones.",
        )


def _right_is_longest(drill: Single) -> bool:
    right = max(len(choice.text) for choice in drill.choices if choice.right)
    return right > max(len(choice.text) for choice in drill.choices if not choice.right)


def _drill_mistakes(drill: Drill, known: Collection[str], lesson: Outline) -> Iterator[str]:
    if (words := outline(drill.prompt).words) > PROMPT_WORDS:
        yield f"the prompt has {words} words; {PROMPT_WORDS} are the most."
    texts = [drill.prompt, drill.why]
    if isinstance(drill, Single | Multiple):
        for choice in drill.choices:
            texts += [choice.text, choice.why]
            if phrase := _ABOVE.search(choice.text):
                yield f"a choice says {phrase[0]!r}, but choices are shuffled; name what it means."
    elif isinstance(drill, FillIn | Predict):
        texts += [wrong.why for wrong in drill.wrong]
    elif isinstance(drill, Written):
        texts += drill.explanations
    yield from uncited(texts, lesson)
    for text in texts:
        parts = outline(text)
        for _, sentence in _link_mistakes(parts, known):
            yield sentence
        if not all(fence.closed for fence in parts.fences):
            yield "a code fence is never closed; add the closing fence."


def _is_executed(drill: Drill) -> bool:
    if isinstance(drill, FillIn):
        return bool(drill.program)
    return isinstance(drill, Predict) or (isinstance(drill, Written) and not drill.self_graded)


def _twins(drills: Sequence[tuple[Drill, Mistake]]) -> Iterator[Mistake]:
    """The same question may be asked of different programs."""
    for first, second in alike([drill for drill, _ in drills]):
        earlier, place = drills[first][0], drills[second][1]
        yield _say(place, f"`{earlier.id}` asks nearly the same; change one of the two, or delete it.")
