import socket
import threading
from pathlib import Path

import pytest

from backroad.verifier import (
    CheckReport,
    Config,
    Event,
    Report,
    Server,
    Verdict,
    VerifierError,
    decode_event,
    encode_event,
    events,
    prove,
    prove_reference,
    url_config,
)
from tests.verifier.labs import write_lab
from tests.verifier.servers import HTTP, OK, answering, raw_server, script

pytestmark = pytest.mark.slow  # real processes and their signals, which want the machine for themselves

TOYLAB = Path(__file__).parent / "toylab"
GET = 'expect.status(await bench.client().get("/"), 200)'
FAIL = 'expect.status(await bench.client().get("/"), 201)'
PASSED, FAILED, UNCLEAR, NOT_RUN = Verdict


def on_url(lab: Path, **options: object) -> Report:
    with raw_server(answering(OK)) as url:
        return prove(lab, url_config(url), **options)  # type: ignore[arg-type]


def by_name(report: Report) -> dict[str, CheckReport]:
    return {check.id.removeprefix("mini."): check for check in report.checks()}


def verdicts(report: Report) -> dict[str, Verdict]:
    return {name: check.verdict for name, check in by_name(report).items()}


def got(check: CheckReport) -> str:
    assert check.finding is not None
    return check.finding.got


def test_a_reference_passes_its_lab():
    seen: list[Event] = []
    report = prove_reference(TOYLAB, seed="abcd", on_event=seen.append)
    assert report.exit_code == 0
    assert (report.summary.passed, report.seed, report.lab) == (4, "ABCD", "toylab")
    assert [stage.title for stage in report.stages] == ["It answers", "It holds"]
    assert [decode_event(encode_event(event)) for event in seen] == seen
    names = [type(event).__name__ for event in seen]
    stage = ["StageStarted", "CheckStarted", "CheckFinished", "CheckStarted"]
    assert names == ["RunStarted", *stage, "CheckFinished", "StageFinished", *stage[:2], "CheckNoted", "CheckFinished", "CheckStarted", "CheckFinished", "StageFinished", "RunFinished"]  # fmt: skip # noqa: E501
    assert isinstance(seen[-1], events.RunFinished)
    assert seen[-1].report == report


def test_all_failures_are_reported_with_their_findings(tmp_path):
    lab = write_lab(tmp_path, {"one": GET, "two": FAIL}, {"three": FAIL})
    report = on_url(lab, seed="7Q2F")
    assert verdicts(report) == {"one": PASSED, "two": FAILED, "three": FAILED}
    assert report.exit_code == 1
    finding = by_name(report)["two"].finding
    assert finding is not None
    assert (finding.sent, finding.expected, finding.got) == ("GET /", "201", "200")
    assert (finding.why, finding.fix) == ("It matters.", "mend two.")
    assert finding.again == "backroad prove --only mini.two --seed 7Q2F"
    assert finding.curl.startswith("curl -i --path-as-is http://127.0.0.1:")
    assert by_name(report)["two"].proves == ("skill.two",)


def test_one_cause_is_reported_once(tmp_path):
    lab = write_lab(
        tmp_path,
        {
            "cause": FAIL,
            "second": (GET, 'needs=("mini.cause",)'),
            "third": (GET, 'needs=("mini.second",)'),
            "free": GET,
            "murky": 'bench.unclear("cannot tell")',
            "behind": (GET, 'needs=("mini.murky",)'),
        },
    )
    report = on_url(lab)
    assert verdicts(report) == {
        "cause": FAILED, "second": NOT_RUN, "third": NOT_RUN, "free": PASSED, "murky": UNCLEAR, "behind": NOT_RUN,
    }  # fmt: skip
    reasons = {name: check.reason for name, check in by_name(report).items()}
    assert reasons["second"] == reasons["third"] == "needs mini.cause, which failed"
    assert reasons["behind"] == "needs mini.murky, which is unclear"
    assert reasons["murky"] == "cannot tell"


def test_a_broken_check_is_unclear_never_failed(tmp_path):
    lab = write_lab(tmp_path, {"broken": "{}['slug']", "fine": GET, "cancels": "raise asyncio.CancelledError"})
    report = on_url(lab)
    assert verdicts(report) == {"broken": UNCLEAR, "fine": PASSED, "cancels": UNCLEAR}
    assert by_name(report)["broken"].reason == "the check itself broke: KeyError: 'slug'"
    assert report.exit_code == 2
    assert "Traceback" in by_name(on_url(lab, debug=True))["broken"].reason


def test_a_verdict_inside_a_task_group_counts(tmp_path):
    body = f"""
        async def ask():
            {FAIL}
        async with asyncio.TaskGroup() as group:
            group.create_task(ask())
    """
    report = on_url(write_lab(tmp_path, {"grouped": body}))
    assert got(by_name(report)["grouped"]) == "200"


def test_a_check_over_its_time(tmp_path):
    lab = write_lab(
        tmp_path,
        {
            "sleeps": ("await asyncio.sleep(60)", "seconds=0.1"),
            "asks": ('while True: await bench.client().get("/")', "seconds=0.1"),
        },
    )
    report = on_url(lab)
    assert verdicts(report) == {"sleeps": UNCLEAR, "asks": UNCLEAR}
    assert by_name(report)["sleeps"].reason == "the check used up its 0.1 s, before any answer"
    assert by_name(report)["asks"].reason.startswith("the check used up its 0.1 s, after ")


def test_waiting_for_an_answer_fails_the_target_not_the_check(tmp_path):
    lab = write_lab(tmp_path, {"waits": ('await bench.client().get("/", timeout=0.4)', "seconds=0.1")})
    with raw_server(lambda connection: connection.recv(1) and connection.recv(1 << 20) and connection.recv(1)) as url:
        report = prove(lab, url_config(url))
    assert verdicts(report) == {"waits": FAILED}
    assert got(by_name(report)["waits"]) == "no answer: the target did not answer within 0.4 s"


def test_a_check_may_expect_no_answer(tmp_path):
    body = """
        try:
            await bench.client().get("/")
        except LostAnswer as lost:
            assert lost.sent
    """
    with raw_server(lambda connection: connection.recv(65536) and None) as url:
        report = prove(write_lab(tmp_path, {"caught": body}), url_config(url))
    assert verdicts(report) == {"caught": PASSED}


def test_control_is_not_run_against_a_url(tmp_path):
    lab = write_lab(tmp_path, {"kills": ("await bench.target.kill()", "control=True"), "asks": GET})
    report = on_url(lab)
    assert verdicts(report) == {"kills": NOT_RUN, "asks": PASSED}
    assert by_name(report)["kills"].reason == "needs to stop and start the target, which was given as a URL"
    assert report.exit_code == 0


CRASHING = (
    HTTP
    + """
class Fragile(Handler):
    def do_GET(self):
        if self.path == "/crash":
            os.write(2, b"out of luck\\n")
            os._exit(42)
        if self.path == "/later":
            threading.Timer(0.02, os._exit, (43,)).start()
        self.reply()
serve(Fragile)
"""
)


def test_a_target_that_dies_fails_the_check_that_killed_it_and_is_restarted(tmp_path):
    lab = write_lab(
        tmp_path / "lab",
        {
            "crashes": 'await bench.client().get("/crash")',
            "after": GET,
            "swallows": """
                try: await bench.client().get("/crash")
                except LostAnswer: pass
            """,
            "finds": 'await bench.client().get("/later"); await asyncio.sleep(0.1); expect.equal(1, 2, what="it")',
            "last": GET,
        },
        app=CRASHING,
    )
    seen: list[Event] = []
    report = prove_reference(lab, on_event=seen.append)
    assert verdicts(report) == {"crashes": FAILED, "after": PASSED, "swallows": FAILED, "finds": FAILED, "last": PASSED}
    checks = by_name(report)
    ended = "the server process ended, exit code 42, while GET /crash waited for its answer"
    assert got(checks["crashes"]) == got(checks["swallows"]) == ended
    assert got(checks["finds"]) == "1; then the server process ended, exit code 43"
    assert checks["crashes"].finding is not None
    assert checks["crashes"].finding.server_log == ("out of luck",)
    restarted = [event.after for event in seen if isinstance(event, events.TargetRestarted)]
    assert restarted == ["mini.crashes", "mini.swallows", "mini.finds"]


def test_the_next_check_finds_the_target_as_it_was(tmp_path):
    lab = write_lab(
        tmp_path / "lab",
        {
            "stops": ("await bench.target.stop()", "control=True"),
            "one": GET,
            "pauses": ("await bench.target.pause()", "control=True"),
            "two": GET,
        },
        app=HTTP + "serve()",
    )
    assert set(verdicts(prove_reference(lab)).values()) == {PASSED}


def test_a_target_that_does_not_start_again(tmp_path):
    lab = write_lab(
        tmp_path / "lab",
        {"restarts": ("await bench.target.restart()", "control=True"), "after": GET},
        app=HTTP + 'try: os.mkdir(os.environ["DATA_DIR"] + "/lock")\nexcept OSError: sys.exit("locked")\nserve()',
    )
    report = prove_reference(lab)
    assert verdicts(report) == {"restarts": FAILED, "after": NOT_RUN}
    assert got(by_name(report)["restarts"]).startswith("The start command exited with code 1 after")
    assert by_name(report)["after"].reason.startswith("the target could not be started again: The start command")


def test_a_url_that_stops_answering_is_said_once(tmp_path):
    lab = write_lab(tmp_path, {"asks": GET, "after": GET, "later": GET})
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for at in range(2):  # the look at the start, and the first check's request
                connection, _ = listener.accept()
                if at == 1:
                    listener.close()  # before the answer: the next check must find the port closed
                with connection:
                    answering(OK, close=True)(connection)

        serving = threading.Thread(target=serve)
        serving.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        report = prove(lab, url_config(url))
        serving.join(5)
    assert verdicts(report) == {"asks": PASSED, "after": NOT_RUN, "later": NOT_RUN}
    assert by_name(report)["after"].reason == f"nothing answers at {url} any more"


def test_server_that_does_not_start_is_an_error(tmp_path):
    lab = write_lab(tmp_path / "lab", {"one": GET}, app="import sys; sys.exit('boom')")
    with pytest.raises(VerifierError, match="exited with code 1"):
        prove_reference(lab)


@pytest.fixture
def chain(tmp_path):
    return write_lab(
        tmp_path,
        {"first": GET, "second": (GET, 'needs=("mini.first",)')},
        {"third": (GET, 'needs=("mini.second",)'), "thirst": GET},
    )


@pytest.mark.parametrize(
    ("only", "ran"),
    [
        (["mini.third"], ["third"]),
        (["mini.thi"], ["third", "thirst"]),
        (["mini"], ["first", "second", "third", "thirst"]),
        (["1"], ["first", "second"]),
        (["2", "mini.first"], ["first", "third", "thirst"]),
        ([" "], ["first", "second", "third", "thirst"]),
    ],
)
def test_selection(chain, only, ran):
    report = on_url(chain, only=only)
    assert list(verdicts(report)) == ran
    assert set(verdicts(report).values()) == {PASSED}


def test_a_failing_prerequisite_shows_itself(tmp_path):
    lab = write_lab(tmp_path, {"base": FAIL, "top": (GET, 'needs=("mini.base",)')})
    assert verdicts(on_url(lab, only=["mini.top"])) == {"base": FAILED, "top": NOT_RUN}


@pytest.mark.parametrize(
    ("only", "sentence"),
    [
        ("mini.secnd", 'No check of mini is called "mini.secnd". Did you mean mini.second?'),
        ("9", "Mini has no stage 9. Its stages are 1 to 2."),
    ],
)
def test_wrong_selection(chain, only, sentence):
    with pytest.raises(VerifierError) as failed:
        prove(chain, url_config("http://127.0.0.1:1"), only=[only])
    assert str(failed.value) == sentence


def test_same_seed_same_words_and_choices(tmp_path):
    body = 'bench.log(bench.word() + bench.word("promo") + str(bench.random.random())); expect.equal(1, 2)'
    lab = write_lab(tmp_path / "lab", {"one": body, "two": body}, app=HTTP + "serve()")

    def lines(seed: str) -> list[tuple[str, ...]]:
        return [check.finding.log for check in prove_reference(lab, seed=seed).checks() if check.finding]

    first = lines("AAAA")
    assert first == lines("AAAA")
    assert first != lines("BBBB")
    assert first[0] != first[1], "each check has its own"


def test_words_of_two_runs_on_one_database_differ(tmp_path):
    lab = write_lab(tmp_path, {"one": 'bench.log(bench.word()); expect.that(False, expected="a", got="b")'})
    words = {check.finding.log for _ in range(3) for check in on_url(lab, seed="AAAA").checks() if check.finding}
    assert len(words) == 3


def test_wrong_seed(chain):
    with pytest.raises(VerifierError, match="is not 1 to 16 letters and digits"):
        prove(chain, url_config("http://127.0.0.1:1"), seed="a b")


def test_the_learners_folder(tmp_path):
    """A config with a start command, run against a lab that lies elsewhere."""
    lab = write_lab(tmp_path / "lab", {"one": GET})
    (tmp_path / "mine").mkdir()
    config = script(tmp_path / "mine", "serve()")
    report = prove(lab, config)
    assert report.exit_code == 0
    assert report.command == "python -S app.py"
    assert isinstance(config, Config)
    assert isinstance(config.server, Server)
