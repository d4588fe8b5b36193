from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from backroad.verifier import CheckReport, Finding, Report, StageReport, Verdict
from backroad.verifier.reports.contract_lines import ContractLines
from backroad.verifier.reports.sarif import to_sarif
from backroad.verifier.repository import load_rules, run_repository
from tests.verifier.sarif_schema import LOG
from tests.verifier.test_reports import EVIL, report

CONTRACT = """\
openapi: 3.1.0
servers: [{url: "http://127.0.0.1:8000/api/v1"}]
paths:
  /links:
    get: {}
    post:
      operationId: createLink
  /links/batch:
    post: {}
  /links/{slug}:
    parameters: []
    patch: {}
  /{slug}:
    get: {}
  /files/{name}.json: {get: {}}
"""
VALID = jsonschema_rs.validator_for(LOG, validate_formats=True)


def sarif(whole: Report, **more: Any) -> dict[str, Any]:
    document: dict[str, Any] = msgspec.json.decode(to_sarif(whole, **more))
    VALID.validate(document)
    run: dict[str, Any] = document["runs"][0]
    return run


def found(sent: str, got: str = "500", seed: str = "7Q2F") -> Report:
    finding = Finding(
        sent=sent, expected="201", got=got, why="Why.", fix="Fix it.", again=f"backroad prove --seed {seed}"
    )
    check = CheckReport(id="x.y", claim="It works.", verdict=Verdict.FAILED, seconds=0.1, finding=finding)
    return one_stage((check,))


def one_stage(checks: tuple[CheckReport, ...]) -> Report:
    return msgspec.structs.replace(report(), stages=(StageReport(number=1, title="One", checks=checks),))


def place(run: dict[str, Any]) -> tuple[str, int]:
    where = run["results"][0]["locations"][0]["physicalLocation"]
    return where["artifactLocation"]["uri"], where["region"]["startLine"]


@pytest.fixture
def contract(tmp_path):
    path = tmp_path / "contract.yaml"
    path.write_text(CONTRACT)
    return path


@pytest.mark.parametrize("got", ["three 201", EVIL, "", "[click](1) {0} @you"])
def test_it_is_valid_whatever_the_target_sent(got, contract):
    run = sarif(report(got), contract=contract)
    assert [result["ruleId"] for result in run["results"]] == ["x.races"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [
        "x.answers", "x.clears", "x.races", "x.waits", "x.waits_too",
    ]  # fmt: skip
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [(note["level"], note["associatedRule"]["id"]) for note in notes] == [
        ("warning", "x.clears"), ("note", "x.waits"), ("note", "x.waits_too"),
    ]  # fmt: skip


def test_viewers_make_neither_links_nor_placeholders_of_it():
    message = sarif(found("GET /", got="[click](1) {0} {x} [1]"))["results"][0]["message"]["text"]
    assert r"\[click](1) {{0}} {x} [1]" in message


@pytest.mark.parametrize(
    ("sent", "line"),
    [
        ('20 × POST /links {"alias": "promo"} released together', 6),
        ("POST /links/batch {}", 9),
        ("PATCH /links/promo-x7 with if-match", 12),
        ("DELETE /links/promo-x7", 10),
        ("GET /promo?utm=1", 14),
        ("HEAD /promo", 13),
        ("POST /api/v1/links", 6),
        ("GET /files/a.json", 15),
        ("GET /no/such/thing", 1),
        ("a new start of the server", 1),
    ],
)
def test_a_finding_stands_at_its_operation(contract, sent, line):
    assert place(sarif(found(sent), contract=contract)) == ("contract.yaml", line)


def test_without_a_contract_it_stands_at_the_configuration(tmp_path):
    assert place(sarif(found("GET /"))) == ("backroad.toml", 1)
    assert place(sarif(found("GET /"), contract=tmp_path / "nowhere.yaml")) == ("contract.yaml", 1)


def test_a_folder_of_the_repository_and_another_name(contract):
    whole = sarif(found("POST /links"), contract=contract, folder="./services/my links/", contract_name="openapi.yaml")
    assert place(whole) == ("services/my%20links/openapi.yaml", 6)


@pytest.mark.parametrize(
    "text", ["paths: [", "[]", "paths: {/a: 1}", "\x00", "paths: {a: {get: {}}}\nservers: [{url: 'http://[x'}]"]
)
def test_a_contract_with_mistakes_does_no_harm(tmp_path, text):
    (tmp_path / "c.yaml").write_text(text)
    assert ContractLines.read(tmp_path / "c.yaml").find(Finding(sent="GET /links", expected="", got=""))[1] == 1


def test_fingerprints_are_the_same_from_run_to_run(contract):
    def prints(sent: str, **more: str) -> list[str]:
        run = sarif(found(sent, **more), contract=contract)
        return [result["partialFingerprints"]["backroadFinding/v1"] for result in run["results"]]

    first = prints("PATCH /links/promo-x7")
    assert first == prints("PATCH /links/promo-b2 {}", got="409", seed="AAAA")
    assert first != prints("POST /links")


def test_rules_of_the_repository_stand_at_their_lines(tmp_path):
    dockerfile = tmp_path / "Dockerfile"
    dockerfile.write_text("FROM node\nFROM node\nCMD node server.js\n")
    run = sarif(one_stage(run_repository(tmp_path)), checks=load_rules(), folder="api")
    pins = [one for one in run["results"] if one["ruleId"] == "repository.docker_pins_base_images"]
    places = [one["locations"][0]["physicalLocation"] for one in pins]
    assert [(one["artifactLocation"]["uri"], one["region"]["startLine"]) for one in places] == [
        ("api/Dockerfile", 1),
        ("api/Dockerfile", 2),
    ]
    old = {one["partialFingerprints"]["backroadFinding/v1"] for one in pins}
    assert len(old) == 2
    dockerfile.write_text("# moved\n\nFROM node\nFROM node\nCMD node server.js\n")
    run = sarif(one_stage(run_repository(tmp_path)), folder="api")
    pins = [one for one in run["results"] if one["ruleId"] == "repository.docker_pins_base_images"]
    assert {one["partialFingerprints"]["backroadFinding/v1"] for one in pins} == old


def test_rules_explain_themselves(tmp_path):
    rules = load_rules()
    run = sarif(one_stage(run_repository(tmp_path)), checks=rules)
    told = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    for rule in rules:
        assert told[rule.id]["shortDescription"]["text"] == rule.claim
        assert "Fix: " in told[rule.id]["help"]["text"]
    assert len(told) == len(rules)


def test_the_contract_of_the_shortener_is_found():
    labs = Path(__file__).parents[2] / "labs" / "shortener" / "contract.yaml"
    lines = labs.read_text().splitlines()
    operation, line = ContractLines.read(labs).find(Finding(sent="PATCH /links/abc {}", expected="", got=""))
    assert (operation, lines[line - 1].strip()) == ("PATCH /links/{slug}", "patch:")
