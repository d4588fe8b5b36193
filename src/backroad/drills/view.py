"""A drill and its outcome as plain dicts for the templates, Markdown rendered."""

from typing import Any

from backroad.drills.grade import Feedback, Result
from backroad.drills.model import BLANK, Drill, Part, show
from backroad.kit.markdown import render_code, render_inline, render_note

KIND_NAMES = {
    "single": "Choose one",
    "multiple": "Choose all that apply",
    "order": "Put in order",
    "match": "Match",
    "fill-in": "Fill in the blank",
    "predict": "Predict the output",
}


def drill_view(drill: Drill, *, learner: str, seed: str) -> dict[str, Any]:
    shown = show(drill, learner=learner, seed=seed)
    program = BLANK.sub("____", shown.program) if shown.program else ""
    return {
        "id": drill.id,
        "skill": drill.skill,
        "kind": drill.kind,
        "kind_name": KIND_NAMES[drill.kind],
        "seconds": drill.seconds,
        "prompt": render_note(drill.prompt),
        "choices": _parts(shown.choices),
        "order_items": _parts(shown.items),
        "lefts": _parts(shown.lefts),
        "rights": _parts(shown.rights),
        "program": render_code(program, shown.language or "") if program else "",
        "rows": min(12, max(3, shown.program.count("\n") + 2)),
    }


def _parts(parts: tuple[Part, ...]) -> list[dict[str, str]]:
    return [{"key": part.key, "html": render_inline(part.text), "text": part.text} for part in parts]


def result_view(result: Result, drill: Drill) -> dict[str, Any]:
    return {
        "passed": result.outcome == "passed",
        "score": result.score,
        "feedback": {item.key: _feedback(item) for item in result.feedback},
        "lines": [_feedback(item) for item in result.feedback],
        "right": list(result.right),
        "right_html": [render_inline(text) for text in result.right] if drill.kind != "predict" else [],
        "why": render_note(result.why) if result.why else "",
    }


def _feedback(item: Feedback) -> dict[str, Any]:
    return {
        "ok": item.ok,
        "chosen": item.chosen,
        "right": item.right,
        "text": render_inline(item.text) if item.text else "",
        "given": render_inline(item.given) if item.given else "",
        "given_text": item.given,
        "wanted": render_inline(item.wanted) if item.wanted else "",
        "why": render_inline(item.why) if item.why else "",
    }
