import shutil
from pathlib import Path

import msgspec
import pytest

from backroad.verifier import VerifierError, run_flaky, run_flaws
from backroad.verifier.flaws import REFERENCE, FlawReport, matrix
from backroad.verifier.golden import compare_golden, golden_texts, normalise, update_golden

TOYLAB = Path(__file__).parent / "toylab"
GOLDEN = Path(__file__).parent / "toylab_golden"

pytestmark = pytest.mark.slow  # races on real processes, which want the machine for themselves


@pytest.fixture(scope="module")
def walked() -> FlawReport:
    return run_flaws(TOYLAB, jobs=2)


@pytest.fixture
def lab(tmp_path):
    return shutil.copytree(TOYLAB, tmp_path / "toylab", ignore=shutil.ignore_patterns("__pycache__"))


def test_every_flaw_is_caught_by_its_checks_and_no_other(walked):
    assert (walked.flaws, walked.caught, walked.missed, walked.false_findings) == (3, 3, (), 0)
    caught = {detail.flaw: detail.failed for detail in walked.details}
    assert caught == {
        REFERENCE: (),
        "forgets": ("toylab.survives_a_kill",),
        "no_lock": ("toylab.one_owner_per_name",),
        "wrong_status": ("toylab.creates_a_thing",),
    }
    assert walked.uncovered == ("toylab.answers_health",)
    assert not walked.clean, "a check without a flaw is a gap"


def test_json_of_a_walk(walked):
    document = msgspec.json.decode(walked.to_json())
    assert {name: document[name] for name in ("lab", "flaws", "caught", "missed", "false_findings")} == {
        "lab": "toylab", "flaws": 3, "caught": 3, "missed": [], "false_findings": 0,
    }  # fmt: skip
    assert len(document["details"]) == 4
    assert "reports" not in document


def test_the_matrix(walked):
    text = matrix(walked)
    assert "no_lock        ·   x   ·" in text
    assert "3 of 3 flaws caught (100%), 0 false findings\nwithout a flaw: toylab.answers_health" in text


def test_golden_findings(walked):
    assert compare_golden(walked, GOLDEN) == []


def test_golden_files_are_written_compared_and_cleared(walked, tmp_path):
    (tmp_path / "gone.txt").write_text("of a flaw that is no more")
    assert sorted(update_golden(walked, tmp_path)) == ["forgets.txt", "gone.txt", "no_lock.txt", "wrong_status.txt"]
    assert update_golden(walked, tmp_path) == []
    assert compare_golden(walked, tmp_path) == []
    path = tmp_path / "no_lock.txt"
    path.write_text(path.read_text().replace("one 201, seven 409", "nothing"))
    (tmp_path / "forgets.txt").unlink()
    differences = compare_golden(walked, tmp_path)
    assert len(differences) == 2
    assert "-  expected  nothing\n+  expected  one 201, seven 409" in "".join(differences)


def test_golden_texts_are_the_same_on_every_run(walked):
    assert golden_texts(run_flaws(TOYLAB, only=["no_lock"])) == {"no_lock.txt": golden_texts(walked)["no_lock.txt"]}


def test_volatile_parts():
    text = (
        "http://127.0.0.1:41234/a 5f0c9f1e-8a7b-4c3d-9e2f-001122334455 after 0.31 s, within 5 s, "
        "at 2026-11-21T01:02:03Z Sat, 21 Nov 2026 01:02:03 GMT deadbeef01 1795222222 --seed 7Q2F port 8123 "
        "/tmp/backroad-x/app.py facade"
    )
    assert normalise(text) == (
        "http://HOST:PORT/a <uuid> after <seconds>, within 5 s, at <time> "
        "<time> <hex> <time> --seed SEED port PORT <path> facade"
    )
    assert normalise("GET /Ab3dE9x then Ab3dE9xy", ["Ab3dE9x"]) == "GET /<id> then Ab3dE9xy"


def test_a_missed_flaw_and_a_false_finding(lab):
    flaw = lab / "flaws" / "no_lock.toml"
    flaw.write_text(flaw.read_text().replace('"toylab.one_owner_per_name"', '"toylab.survives_a_kill"'))
    report = run_flaws(lab, only=["no_lock"])
    assert (report.caught, report.missed, report.false_findings) == (0, ("no_lock",), 1)
    detail = report.details[1]
    assert (detail.missed, detail.false_findings) == (("toylab.survives_a_kill",), ("toylab.one_owner_per_name",))
    assert not report.clean
    assert "no_lock     !   o" in matrix(report)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("with LOCK:", "with KEY:", 'no_lock.toml: old occurs 0 times in app.py, not once: "with KEY:".'),
        ('"    with LOCK:"', '"import"', 'no_lock.toml: old occurs 6 times in app.py, not once: "import".'),
        ('"app.py"', '"main.py"', "no_lock.toml: the reference has no file main.py."),
        ('"app.py"', '"../lab.toml"', "no_lock.toml: the reference has no file ../lab.toml."),
        (
            "toylab.one_owner",
            "toylab.one_owners",
            'no_lock.toml: caught_by names "toylab.one_owners_per_name", which is no',
        ),
        ("title", "titel", "no_lock.toml: title is missing. There is a key titel; did you mean title?"),
        (
            "if True:",
            "if True",
            "no_lock.toml: the reference does not start: The start command exited with code 1 after",
        ),
    ],
)
def test_mistakes_name_the_flaw(lab, old, new, sentence):
    flaw = lab / "flaws" / "no_lock.toml"
    flaw.write_text(flaw.read_text().replace(old, new, 1))
    with pytest.raises(VerifierError) as failed:
        run_flaws(lab, only=["no_lock"])
    assert f"/flaws/{sentence}" in str(failed.value)


def test_an_unknown_flaw():
    with pytest.raises(VerifierError, match=r'there is no flaw "nolock"\. There are forgets, no_lock, wrong_status\.'):
        run_flaws(TOYLAB, only=["nolock"])


def test_a_steady_reference_is_not_flaky():
    report = run_flaky(TOYLAB, runs=3, jobs=2, seed="AAAA")
    assert (report.identical, report.all_passed, report.runs, report.differences) == (True, True, 3, ())


def test_a_flaky_reference_is_reported(lab):
    app = lab / "reference" / "app.py"
    marker = lab / "third-start"
    moody = (
        f"        import pathlib\n        p = pathlib.Path({str(marker)!r})\n        p.touch()\n        if claim(name):"
    )
    text = app.read_text().replace(
        "        if claim(name):", moody.replace("p.touch()", "first = not p.exists(); p.touch()")
    )
    app.write_text(text.replace("self.answer(201,", "self.answer(200 if first else 201,"))
    report = run_flaky(lab, runs=3, only=["toylab.creates_a_thing"])
    assert not report.identical
    assert [(one.run, one.id, one.verdict, one.reason) for one in report.differences] == [
        (1, "toylab.creates_a_thing", "failed", "200")
    ]
