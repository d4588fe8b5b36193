"""Differences between two runs."""

from datetime import UTC, datetime, timedelta

from backroad.labs.changes import changes, one_before
from backroad.labs.model import Run

START = datetime(2027, 1, 4, tzinfo=UTC)


def run(number: int, lab: str = "shortener", **verdicts: str) -> Run:
    checks = [{"id": name.replace("_", ".", 1), "verdict": verdict} for name, verdict in verdicts.items()]
    report = {"stages": [{"checks": checks}], "summary": {}} if verdicts else None
    return Run(str(number), "local", lab, "/x", "1", "finished", START + timedelta(hours=number), report=report)


def test_what_was_fixed_and_what_broke() -> None:
    before = run(1, a_one="failed", a_two="passed", a_three="unclear", a_four="failed", a_gone="failed")
    after = run(2, a_one="passed", a_two="failed", a_three="passed", a_four="failed", a_new="passed")
    found = changes(before, after)
    assert found.fixed == ("a.one",)
    assert found.broke == ("a.two",)


def test_the_run_before_is_of_the_same_lab_and_has_a_report() -> None:
    earlier = [run(5, a_one="passed"), run(4, lab="todo", a_one="passed"), run(3), run(2, a_one="failed"), run(1)]
    assert one_before(earlier[0], earlier) is earlier[3]
    assert one_before(earlier[4], earlier) is None
