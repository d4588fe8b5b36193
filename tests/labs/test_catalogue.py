"""The catalogue of checks is whole, and docs/checks.md is made from it."""

from pathlib import Path

from backroad.kit.paths import labs_dir
from backroad.labs.catalogue import catalogue, rules, to_markdown
from backroad.labs.library import LabLibrary

ANY_API = "openapi"
"""Judges any API by its own document, and is tested with tests/targets/notes-api and its flaws."""
ENTRIES = catalogue(LabLibrary(labs_dir()))


def test_every_check_has_advice_a_lab_and_a_flaw() -> None:
    assert [entry.id for entry in ENTRIES if not (entry.claim and entry.why and entry.fix)] == []
    in_labs = [entry for entry in ENTRIES if entry.area != ANY_API]
    assert [entry.id for entry in in_labs if not entry.labs] == []
    assert [entry.id for entry in in_labs if not entry.flaws] == []


def test_no_two_checks_claim_the_same() -> None:
    claims = [entry.claim for entry in [*ENTRIES, *rules()]]
    assert sorted(claims) == sorted(set(claims))


def test_the_page_in_the_docs_is_new() -> None:
    page = Path(__file__).parents[2] / "docs" / "checks.md"
    assert page.read_text(encoding="utf-8") == to_markdown(ENTRIES), (
        "python -m backroad.labs.catalogue > docs/checks.md"
    )
