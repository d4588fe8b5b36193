"""`prove`, `flaws` and `flaky`: the verifier from the terminal."""

import os
import secrets
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import msgspec
from cyclopts import Parameter

from backroad.cli.learn import AsJson
from backroad.cli.output import print_json, print_text
from backroad.kit.errors import Problem
from backroad.kit.paths import labs_dir
from backroad.labs.library import LabLibrary
from backroad.settings import load
from backroad.verifier.check_file import Check
from backroad.verifier.config import Config, read_config, url_config
from backroad.verifier.events import Event
from backroad.verifier.flaws import FlawReport
from backroad.verifier.lab import Lab
from backroad.verifier.report import Report, StageReport

Quiet = Callable[[Event], None]


class Files(msgspec.Struct, frozen=True):
    """Where reports are written to."""

    junit: Path | None
    html: Path | None
    sarif: Path | None
    markdown: Path | None


def prove(
    folder: Annotated[Path, Parameter(help="The folder with backroad.toml.")] = Path(),
    *,
    reference: Annotated[
        str | None, Parameter(help="Judge a lab's own reference instead; nothing is recorded.")
    ] = None,
    url: Annotated[
        str | None, Parameter(help="Judge a server that runs already; checks that stop it are not run.")
    ] = None,
    allow: Annotated[
        str, Parameter(help="With --url: this host is not this machine, and serves the line that says it agrees.")
    ] = "",
    lab: Annotated[str | None, Parameter(help="Which lab (with --url).")] = None,
    openapi: Annotated[
        str | None, Parameter(help="Judge any API by its OpenAPI document: a file, or a URL on this machine.")
    ] = None,
    only: Annotated[
        tuple[str, ...], Parameter(help="Check ids, beginnings of ids, or a stage's number.", consume_multiple=True)
    ] = (),
    seed: Annotated[str | None, Parameter(help="Repeat a run with its seed.")] = None,
    junit: Annotated[Path | None, Parameter(help="Write a JUnit XML report.")] = None,
    html: Annotated[Path | None, Parameter(help="Write an HTML report.")] = None,
    sarif: Annotated[Path | None, Parameter(help="Write a SARIF report, for code scanning.")] = None,
    markdown: Annotated[Path | None, Parameter(help="Write a Markdown report, for a pull request.")] = None,
    repository: Annotated[bool, Parameter(negative="", help="Judge the files of the folder too.")] = False,
    record: Annotated[bool, Parameter(help="Keep the run as evidence.")] = True,
    debug: Annotated[bool, Parameter(negative="", help="Show where a check itself broke.")] = False,
    as_json: AsJson = False,
) -> int:
    """Start your server and judge it. Exit code 0: all passed, 1: something failed, 2: could not judge."""
    files = Files(junit, html, sarif, markdown)
    if openapi is not None:
        if reference is not None or lab is not None:
            raise Problem("--openapi needs no lab.", "Leave out --lab and --reference.")
        return _any_api(openapi, folder, url, files, only, seed, debug, repository, as_json)
    library = LabLibrary(labs_dir())
    if reference is not None:
        from backroad.verifier.run import prove_reference

        chosen = library.get(reference)
        report = _shown(
            lambda on_event: prove_reference(chosen, seed=seed, only=only, on_event=on_event, debug=debug), as_json
        )
    else:
        config = _config(folder, url, allow)
        slug = lab or config.lab
        if not slug:
            raise Problem("It is not said which lab this is.", f"Add --lab, one of: {', '.join(library.slugs)}.")
        chosen = _on_app(library, slug, config)
        report = _proved(chosen, config, record, only, seed, debug, as_json)
    if repository and reference is None and url is None:
        report = _with_repository(report, folder, as_json)
    checks = [item.check for item in chosen.checks()]
    _write(report, as_json, _renderers(checks, chosen.folder / "contract.yaml", folder, files))
    return report.exit_code


def _on_app(library: LabLibrary, slug: str, config: Config) -> Lab:
    """The lab; one that takes any finished backend, with the lab that this folder finished."""
    chosen = library.get(slug)
    if not chosen.app:
        return library.get(slug, config.app) if slug == config.lab else chosen
    app = config.app if slug == config.lab else config.lab
    if not app and not config.server.url:
        others = ", ".join(other for other in library.slugs if other != slug)
        raise Problem("backroad.toml does not say which lab this folder finished.", f"Add app = one of: {others}.")
    return library.get(slug, app)


def _any_api(
    source: str,
    folder: Path,
    url: str | None,
    files: Files,
    only: tuple[str, ...],
    seed: str | None,
    debug: bool,
    repository: bool,
    as_json: bool,
) -> int:
    """Nothing is recorded: no lab says which skills an API proves."""
    from backroad.verifier.openapi.hints import hints_of
    from backroad.verifier.openapi.prove import checks_of, open_api, prove_api, target_of
    from backroad.verifier.openapi.told import as_text, told

    there = folder.is_file() or (folder / "backroad.toml").is_file()
    config = target_of(source, url, lambda: read_config(folder) if there else None)
    api = open_api(source, hints_of(folder), base=url or "", folder=folder)
    if not as_json:
        print(as_text(told(api.inferred)) + "\n")
    report = _shown(lambda on: prove_api(api, config, seed=seed, only=only, on_event=on, debug=debug), as_json)
    if repository and url is None:
        report = _with_repository(report, folder, as_json)
    _write(report, as_json, _renderers(checks_of(api), api.file, folder, files))
    return report.exit_code


def _config(folder: Path, url: str | None, allow: str) -> Config:
    if url is not None:
        return url_config(url, allow=allow, challenge=_challenge() if allow else "")
    if allow:
        raise Problem("--allow goes with --url.", "Say where the server is: --url https://staging.example")
    return read_config(folder)


def _challenge() -> str:
    """The line that a host must serve to be tested from here: BACKROAD_CHALLENGE, or one made up once and kept."""
    if told := os.environ.get("BACKROAD_CHALLENGE"):
        return told
    file = load().home / "challenge.txt"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"backroad-may-test-{secrets.token_urlsafe(18)}\n", encoding="utf-8")
    return file.read_text(encoding="utf-8").strip()


def _with_repository(report: Report, folder: Path, as_json: bool) -> Report:
    """The report with a last stage: the rules about the folder's files, read and never run."""
    from backroad.verifier.repository import run_repository

    stage = StageReport(
        number=len(report.stages) + 1,
        title="Repository",
        checks=run_repository(folder if folder.is_dir() else folder.parent),
    )
    if not as_json:
        from rich.console import Console

        from backroad.verifier.reports.terminal import WIDEST, print_findings

        console = Console(highlight=False)
        console.print(f"\n[bold]Repository[/]  {folder.absolute()}")
        print_findings(console, msgspec.structs.replace(report, stages=(stage,)), min(console.width, WIDEST))
    return msgspec.structs.replace(report, stages=(*report.stages, stage))


def _proved(
    lab: Lab, config: Config, record: bool, only: tuple[str, ...], seed: str | None, debug: bool, as_json: bool
) -> Report:
    if not record:
        from backroad.verifier.run import prove as run_prove

        return _shown(lambda on: run_prove(lab, config, seed=seed, only=only, on_event=on, debug=debug), as_json)
    from backroad.cli.product import opened
    from backroad.identity.model import LOCAL
    from backroad.labs.model import Run
    from backroad.labs.proving import prove_for

    with opened() as product:

        def say_where(run: Run) -> None:
            if not as_json:
                print(
                    f"live in the browser, while backroad start runs: {_address(product.settings.port)}/runs/{run.id}"
                )

        return _shown(
            lambda on: prove_for(
                product.db,
                LOCAL,
                lab,
                config,
                facts=product.facts,
                seed=seed,
                only=only,
                on_event=on,
                on_begin=say_where,
                debug=debug,
            ),
            as_json,
        )


def _address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _shown(run: Callable[[Quiet], Report], as_json: bool) -> Report:
    """Run with the live report on the terminal, or silently for programs."""
    if as_json:
        return run(lambda event: None)
    from backroad.verifier.reports.terminal import TerminalReport

    with TerminalReport() as live:
        return run(live)


Renderer = Callable[[Report], str]


def _renderers(checks: list[Check], contract: Path | None, folder: Path, files: Files) -> dict[Path, Renderer]:
    """The files that were asked for, and what writes each."""
    from backroad.verifier.reports.html import to_html
    from backroad.verifier.reports.junit import to_junit
    from backroad.verifier.reports.markdown import to_markdown

    def to_sarif(report: Report) -> str:
        from backroad.verifier.reports import sarif as sarif_report
        from backroad.verifier.repository import load_rules
        from backroad.verifier.repository.git import find_root

        here = folder.absolute()
        root = find_root(here)
        inside = contract is not None and contract.absolute().is_relative_to(here)
        name = str(contract.absolute().relative_to(here)) if contract and inside else contract.name if contract else ""
        return sarif_report.to_sarif(
            report,
            checks=[*checks, *load_rules()],
            contract=contract,
            contract_name=name,
            folder=str(here.relative_to(root)) if root else "",
        )

    asked: tuple[tuple[Path | None, Renderer], ...] = (
        (files.junit, to_junit),
        (files.html, to_html),
        (files.sarif, to_sarif),
        (files.markdown, to_markdown),
    )
    return {path: render for path, render in asked if path is not None}


def _write(report: Report, as_json: bool, files: dict[Path, Renderer]) -> None:
    from backroad.verifier.reports.json import to_json

    if as_json:
        print_text(to_json(report).decode())
    for path, render in files.items():
        try:
            path.write_text(render(report), encoding="utf-8")
        except OSError as error:
            raise Problem(f"{path} cannot be written: {error.strerror}.", "Choose another file.") from None


def flaws(
    *,
    lab: Annotated[str | None, Parameter(help="Only this lab.")] = None,
    only: Annotated[tuple[str, ...], Parameter(help="Names of flaws.", consume_multiple=True)] = (),
    jobs: Annotated[int, Parameter(help="How many backends at once.")] = 2,
    narrow: Annotated[bool, Parameter(negative="", help="Only the checks that must catch a flaw: quicker.")] = False,
    golden: Annotated[Path | None, Parameter(help="Compare the findings with the texts in this folder.")] = None,
    update_golden: Annotated[bool, Parameter(negative="", help="Write the texts anew.")] = False,
    as_json: AsJson = False,
) -> int:
    """Check the checks: each deliberate mistake in a reference must be caught by the checks that it names."""
    from backroad.verifier.flaws import matrix, run_flaws

    if narrow and golden is not None:
        raise Problem("With --narrow a run sees too little to compare its texts.", "Leave out --narrow or --golden.")
    library = LabLibrary(labs_dir())
    reports, differences = [], []
    for slug in [lab] if lab else library.slugs:
        found = run_flaws(library.get(slug), only=only, jobs=jobs, narrow=narrow)
        reports.append(found)
        if not as_json:
            print(matrix(found))
        if golden is not None:
            differences += _golden(golden / slug, found, update=update_golden, whole=not only)
    if as_json:
        data = [msgspec.json.decode(report.to_json()) for report in reports]
        print_json(data[0] if lab else _together(data))
    for difference in differences:
        print(difference, file=sys.stderr)
    return 0 if all(report.clean for report in reports) and not differences else 1


def _golden(folder: Path, found: FlawReport, *, update: bool, whole: bool) -> list[str]:
    from backroad.verifier.golden import compare_golden, update_golden

    if not update:
        return compare_golden(found, folder)
    for name in update_golden(found, folder, all_flaws=whole):
        print(f"wrote {folder / name}", file=sys.stderr)
    return []


def _together(data: list[dict[str, object]]) -> dict[str, object]:
    total = {name: sum(int(str(lab[name])) for lab in data) for name in ("flaws", "caught", "false_findings")}
    return {**total, "labs": data}


def flaky(
    slug: str,
    *,
    times: Annotated[int, Parameter(help="How many runs.")] = 20,
    seed: Annotated[str | None, Parameter(help="The seed of every run.")] = None,
    as_json: AsJson = False,
) -> int:
    """Judge a reference many times with one seed; the outcomes must be identical."""
    from backroad.verifier.flaky import run_flaky

    def told(number: int, report: Report) -> None:
        if not as_json:
            summary = report.summary
            print(f"run {number}: {summary.passed} passed, {summary.failed} failed, {report.seconds:.1f} s", flush=True)

    found = run_flaky(LabLibrary(labs_dir()).get(slug), runs=times, seed=seed, on_run=told)
    if as_json:
        print_json(found)
    else:
        word = "identical outcomes" if found.identical else "DIFFERENT outcomes"
        print(f"{found.runs} runs of {found.lab} with seed {found.seed}: {word}")
        for difference in found.differences:
            verdicts = f"{difference.verdict}, usually {difference.usual}"
            print(f"  run {difference.run}: {difference.id} {verdicts}. {difference.reason}")
    sys.stdout.flush()
    return 0 if found.identical and found.all_passed else 1
