from pathlib import Path

import jsonschema_rs
import msgspec
import pytest

from backroad.verifier import StageReport
from backroad.verifier.reports.json import to_json
from backroad.verifier.reports.schema import to_schema
from backroad.verifier.repository import run_repository
from backroad.verifier.wording import clean
from tests.verifier.test_reports import EVIL, report

FILE = Path(__file__).parents[2] / "docs" / "report.schema.json"
WRITE = "python -m backroad.verifier.reports.schema > docs/report.schema.json"


def test_the_schema_in_the_docs_is_the_one_of_the_structs():
    assert FILE.read_text(encoding="utf-8") == to_schema(), f"write it anew: {WRITE}"


@pytest.mark.parametrize("got", ["three 201", clean(EVIL)])
def test_a_report_keeps_to_it(got, tmp_path):
    (tmp_path / "Dockerfile").write_text("FROM node\n")
    stage = StageReport(number=3, title="Repository", checks=run_repository(tmp_path))
    whole = msgspec.structs.replace(report(got), stages=(*report(got).stages, stage))
    validator = jsonschema_rs.validator_for(msgspec.json.decode(FILE.read_bytes()))
    document = msgspec.json.decode(to_json(whole))
    validator.validate(document)
    document["stages"][0]["checks"][0]["verdict"] = "skipped"
    assert not validator.is_valid(document)
    assert not validator.is_valid({})
