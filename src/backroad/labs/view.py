"""Labs, runs and their transcripts as plain dicts for the templates."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from backroad.labs.changes import changes
from backroad.labs.model import Run, RunEvent
from backroad.verifier.lab import Lab

VERDICTS = ("passed", "failed", "unclear", "not run")
MOST_EXCHANGES = 60


def since(run: Run, before: Run | None) -> dict[str, Any] | None:
    """What changed since the run before; None where there is nothing to compare."""
    if before is None or run.report is None:
        return None
    found = changes(before, run)
    return {"id": before.id, "fixed": list(found.fixed), "broke": list(found.broke), **_when(before)}


def _when(run: Run) -> dict[str, Any]:
    local = run.started_at.astimezone()
    return {"day": local.date(), "time": f"{local:%H:%M}"}


def run_row(run: Run, before: Run | None = None) -> dict[str, Any]:
    return {
        "since": since(run, before),
        "id": run.id,
        "lab": run.lab,
        "folder": run.folder,
        "seed": run.seed,
        "state": run.state,
        "said": run.said,
        "whole": run.whole,
        "summary": run.summary,
        "total": sum(run.summary.values()),
        **_when(run),
        "seconds": round((run.ended_at - run.started_at).total_seconds(), 1) if run.ended_at else 0,
    }


def transcript(run: Run, events: Sequence[RunEvent]) -> dict[str, Any]:
    """The stages with their checks: from the report once there is one, until then from the events so far."""
    stages = _from_report(run.report) if run.report else _from_events(events)
    counts: Counter[str] = Counter()
    for stage in stages:
        own = Counter(check["verdict"] for check in stage["checks"] if check["verdict"])
        counts += own
        stage["counts"] = {verdict: own[verdict] for verdict in VERDICTS}
        unfinished = any(not check["verdict"] for check in stage["checks"])
        stage["open"] = bool(unfinished or own["failed"] or own["unclear"])
    return {
        "run": run_row(run),
        "stages": stages,
        "counts": {verdict: counts[verdict] for verdict in VERDICTS},
        "last": events[-1].number if events else 0,
    }


def _from_report(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "number": stage.get("number", number),
            "title": stage["title"],
            "checks": [_check(check) for check in stage["checks"]],
        }
        for number, stage in enumerate(report["stages"], 1)
    ]


def _from_events(events: Sequence[RunEvent]) -> list[dict[str, Any]]:
    stages: dict[int, dict[str, Any]] = {}
    checks: dict[str, dict[str, Any]] = {}
    for entry in events:
        event = entry.event
        match event["event"]:
            case "run_started":
                stages = {
                    plan["number"]: {"number": plan["number"], "title": plan["title"], "checks": []}
                    for plan in event["stages"]
                }
            case "check_started":
                checks[event["id"]] = _check({"id": event["id"], "claim": event["claim"], "verdict": ""})
                stages[event["stage"]]["checks"].append(checks[event["id"]])
            case "check_noted" if event["id"] in checks:
                checks[event["id"]]["reason"] = event["text"]
            case "check_finished":
                found = _check(event["check"])
                if found["id"] in checks:
                    checks[found["id"]].update(found)
                elif event["stage"] in stages:
                    stages[event["stage"]]["checks"].append(found)
    return list(stages.values())


def _check(check: Mapping[str, Any]) -> dict[str, Any]:
    finding = check.get("finding")
    return {
        "id": check["id"],
        "claim": check["claim"],
        "verdict": check["verdict"],
        "proves": list(check.get("proves", ())),
        "reason": check.get("reason", ""),
        "finding": _finding(finding) if finding else None,
    }


def _finding(finding: Mapping[str, Any]) -> dict[str, Any]:
    exchanges = list(finding.get("exchanges", ()))[-MOST_EXCHANGES:]
    lanes, span = _lanes(exchanges)
    texts = {name: finding.get(name, "") for name in ("sent", "expected", "got", "why", "fix", "again", "curl")}
    shown = [
        {
            "method": exchange["method"],
            "path": exchange["path"],
            "status": exchange.get("status"),
            "no_answer": exchange.get("no_answer", ""),
            **{
                name: exchange.get(name, "")
                for name in ("request_head", "request_body", "response_head", "response_body")
            },
        }
        for exchange in exchanges
    ]
    return {
        **texts,
        "exchanges": shown,
        "lanes": lanes,
        "span": span,
        "server_log": list(finding.get("server_log", ())),
    }


def _lanes(exchanges: Sequence[Mapping[str, Any]]) -> tuple[list[list[dict[str, Any]]], int]:
    """A timeline of the requests that were released together, a lane for each connection; 600 units wide."""
    raced = [exchange for exchange in exchanges if exchange.get("together")]
    if len(raced) < 2:
        return [], 0
    begin = min(exchange["started"] for exchange in raced)
    end = max(exchange["started"] + exchange["seconds"] for exchange in raced)
    scale = 600 / max(end - begin, 0.001)
    lanes: dict[int, list[dict[str, Any]]] = {}
    for exchange in raced:
        status = exchange.get("status")
        shade = "none" if status is None else "good" if status < 400 else "bad" if status >= 500 else ""
        what = status if status is not None else exchange.get("no_answer", "no answer")
        lanes.setdefault(exchange["lane"], []).append(
            {
                "x": round((exchange["started"] - begin) * scale, 1),
                "width": max(2.0, round(exchange["seconds"] * scale, 1)),
                "shade": shade,
                "title": f"{exchange['method']} {exchange['path']}: {what} after {exchange['seconds'] * 1000:.1f} ms",
            }
        )
    return [lanes[lane] for lane in sorted(lanes)], round((end - begin) * 1000)


def lab_stages(lab: Lab, outcomes: Mapping[str, str]) -> list[dict[str, Any]]:
    """The stages with every check's advice; `outcomes` maps check refs to their latest verdict."""
    stages = []
    found_next = False
    for stage in lab.stages:
        checks = [
            {
                "id": item.id,
                "claim": item.check.claim,
                "why": item.check.why,
                "fix": item.check.fix,
                "proves": item.proves,
                "verdict": outcomes.get(f"{lab.slug}/{item.id}", ""),
            }
            for item in stage.checks
        ]
        passed = sum(check["verdict"] == "passed" for check in checks)
        is_next = passed < len(checks) and not found_next
        found_next = found_next or is_next
        stages.append(
            {
                "title": stage.title,
                "about": stage.about,
                "minutes": stage.minutes,
                "checks": checks,
                "passed": passed,
                "next": is_next,
            }
        )
    return stages
