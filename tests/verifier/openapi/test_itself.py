"""Backroad is one of its own targets."""

import pytest

from backroad.verifier import Verdict
from backroad.verifier.config import url_config
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.prove import open_api, prove_api
from tests.serving import Server


@pytest.mark.slow
def test_nothing_is_found_on_our_own_api(settled: Server) -> None:
    hints = Hints(collection="/api/v1/notes", draft={"kind": "skill", "ref": "sql.joins"}, body_limit=1_000_000)
    api = open_api(f"{settled.url}/api/v1/openapi/openapi.json", hints, base=settled.url)
    only = ("http", "access", "data", "races", "limits", "abuse", "openapi.changes", "openapi.deletes", "openapi.pages")
    report = prove_api(api, url_config(settled.url), seed="G01D", only=only)
    assert [check.id for check in report.checks() if check.verdict in (Verdict.FAILED, Verdict.UNCLEAR)] == []
    assert report.summary.passed >= 15
