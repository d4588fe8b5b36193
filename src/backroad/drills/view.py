"""A drill and its outcome as plain dicts for the templates, Markdown rendered."""

from typing import Any

from backroad.drills.kinds import WRITTEN
from backroad.drills.model import BLANK, Cells, Drill, Feedback, Part, Result, Written, show
from backroad.kit.markdown import render_code, render_inline, render_note

KIND_NAMES = {
    "single": "Choose one",
    "multiple": "Choose all that apply",
    "order": "Put in order",
    "match": "Match",
    "fill-in": "Fill in the blank",
    "predict": "Predict the output",
    **{kind: drill.title for kind, drill in WRITTEN.items()},
}


def drill_view(drill: Drill, *, learner: str, seed: str) -> dict[str, Any]:
    shown = show(drill, learner=learner, seed=seed)
    program = BLANK.sub("____", shown.program) if shown.program else ""
    syntax = drill.syntax if isinstance(drill, Written) else shown.language or ""
    return {
        "id": drill.id,
        "skill": drill.skill,
        "kind": drill.kind,
        "kind_name": KIND_NAMES[drill.kind],
        "seconds": drill.seconds,
        "prompt": render_note(shown.prompt),
        "choices": _parts(shown.choices),
        "order_items": _parts(shown.items),
        "lefts": _parts(shown.lefts),
        "rights": _parts(shown.rights),
        "program": render_code(program, syntax if shown.language else "") if program else "",
        "rows": min(12, max(3, shown.program.count("\n") + 2)),
        "written": isinstance(drill, Written),
        "language": syntax,
        "file": shown.file,
        "start": shown.start,
    }


def _parts(parts: tuple[Part, ...]) -> list[dict[str, str]]:
    return [{"key": part.key, "html": render_inline(part.text), "text": part.text} for part in parts]


def result_view(result: Result, drill: Drill) -> dict[str, Any]:
    return {
        "passed": result.outcome == "passed",
        "outcome": result.outcome,
        "score": result.score,
        "feedback": {item.key: _feedback(item) for item in result.feedback},
        "lines": [_feedback(item) for item in result.feedback],
        "right": list(result.right),
        "right_html": [_right(drill, text) for text in result.right] if drill.kind != "predict" else [],
        "printed": result.printed,
        "why": render_note(result.why) if result.why else "",
    }


def _right(drill: Drill, text: str) -> str:
    if not isinstance(drill, Written):
        return render_inline(text)
    return render_code(text + "\n", drill.syntax) if drill.syntax else render_note(text)


def _feedback(item: Feedback) -> dict[str, Any]:
    return {
        "ok": item.ok,
        "chosen": item.chosen,
        "right": item.right,
        "text": render_inline(item.text) if item.text else "",
        "given": render_inline(item.given) if item.given else "",
        "given_text": item.given,
        "wanted": render_inline(item.wanted) if item.wanted else "",
        "wanted_text": item.wanted,
        "why": render_inline(item.why) if item.why else "",
        "got": _cells(item.got),
        "expected": _cells(item.expected),
        "key": item.key,
        "plain": item.text,
    }


def _cells(cells: Cells | None) -> dict[str, Any] | None:
    if cells is None:
        return None
    rows = [{"cells": list(row), "marked": place in cells.marked} for place, row in enumerate(cells.rows)]
    return {"columns": list(cells.columns), "rows": rows, "more": cells.more, "any": bool(cells.marked)}
