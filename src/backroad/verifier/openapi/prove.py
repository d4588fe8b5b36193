"""A run on any API: document -> what was inferred -> the lab in memory -> report."""

import shlex
from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from backroad.verifier import events
from backroad.verifier.check_file import Check
from backroad.verifier.config import Config, url_config
from backroad.verifier.errors import VerifierError
from backroad.verifier.lab import Lab
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.lab import Inferred, all_checks, infer, make_lab
from backroad.verifier.openapi.load import is_url, load
from backroad.verifier.openapi.mistakes import checked
from backroad.verifier.report import CheckReport, Report
from backroad.verifier.run import OnEvent, ignore, prove

COMMAND = "backroad prove"


class Api(msgspec.Struct, frozen=True, kw_only=True):
    """An API that is ready to be judged."""

    source: str
    inferred: Inferred
    lab: Lab
    again: str  # what a finding says instead of `backroad prove`

    @property
    def file(self) -> Path | None:
        return None if is_url(self.source) else Path(self.source)


def open_api(source: str, hints: Hints, *, base: str = "", folder: Path = Path()) -> Api:
    inferred = infer(checked(load(source), source), hints)
    words = [COMMAND, *([shlex.quote(str(folder))] if str(folder) != "." else []), "--openapi", shlex.quote(source)]
    words += ["--url", base] if base else []
    lab = make_lab(inferred, folder)
    if not any(check.id not in inferred.skipped for check in all_checks()):
        raise VerifierError(f"{source}: nothing of it can be judged.", hint="A collection is a path with GET and POST.")
    return Api(source=source, inferred=inferred, lab=lab, again=" ".join(words))


def target_of(source: str, base: str | None, config: Callable[[], Config | None]) -> Config:
    """Where the API is: the base URL, else what backroad.toml starts, else where the document came from."""
    if base is not None:
        return url_config(base)
    found = config()
    if found is not None:
        return found
    if is_url(source):
        parts = urlsplit(source)
        return url_config(f"{parts.scheme}://{parts.netloc}")
    raise VerifierError(
        "It is not said where this API runs.",
        hint="Add --url http://127.0.0.1:PORT, or [server] start to backroad.toml.",
    )


def prove_api(
    api: Api, config: Config, *, seed: str | None = None, only: Iterable[str] = (), on_event: OnEvent = ignore,
    debug: bool = False,
) -> Report:  # fmt: skip
    """Nothing of it is evidence: there is no lab whose skills it could prove."""

    def told(event: events.Event) -> None:
        if isinstance(event, events.CheckFinished):
            event = msgspec.structs.replace(event, check=mended(event.check, api))
        elif isinstance(event, events.RunFinished):
            event = events.RunFinished(mended_report(event.report, api))
        on_event(event)

    report = prove(api.lab, config, seed=seed, only=only, on_event=told, debug=debug)
    return mended_report(report, api)


def mended_report(report: Report, api: Api) -> Report:
    stages = tuple(
        msgspec.structs.replace(stage, checks=tuple(mended(check, api) for check in stage.checks))
        for stage in report.stages
    )
    return msgspec.structs.replace(report, stages=stages)


def mended(check: CheckReport, api: Api) -> CheckReport:
    """Its finding says how to run this again."""
    if check.finding is None:
        return check
    again = check.finding.again.replace(COMMAND, api.again, 1) if api.again not in check.finding.again else ""
    finding = msgspec.structs.replace(check.finding, again=again or check.finding.again)
    return msgspec.structs.replace(check, finding=finding)


def checks_of(api: Api) -> list[Check]:
    return [item.check for item in api.lab.checks()]
