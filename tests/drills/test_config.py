"""Configuration drills: rules and wants, what is said of a mistake, what cannot be read, what the proof shows."""

from contextlib import suppress
from pathlib import Path

import pytest

from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds.config import Config
from backroad.drills.load import load_drills, read_drills
from backroad.drills.model import Feedback, Proof, Result, show
from backroad.kit.errors import Problem
from tests.drills import samples

pytestmark = pytest.mark.slow  # hostile files take their time

COMPOSE = samples.CONFIG_TOML


def one(folder: Path, toml: str = COMPOSE) -> Config:
    (found,) = load_drills(samples.write_skill(folder, "area.one", drills=toml))
    assert isinstance(found, Config)
    return found


def mistakes(folder: Path, toml: str) -> list[str]:
    return [mistake.text for mistake in read_drills(samples.write_skill(folder, "area.one", drills=toml)).mistakes]


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return one(tmp_path_factory.mktemp("config"))


def left(result: Result) -> dict[str, Feedback]:
    return {part.key: part for part in result.feedback if not part.ok}


def test_the_key_passes_and_each_rule_and_want_is_a_part(drill: Config) -> None:
    result = grade(drill, {"text": drill.answer})
    assert (result.outcome, result.score, result.right) == ("passed", 1, (drill.answer.strip(),))
    assert [part.key for part in result.feedback] == ["compose_pins_images", "compose_hides_databases", "asks", "often"]


def test_another_way_to_write_the_same_passes(drill: Config) -> None:
    text = '{services: {db: {image: "postgres:17.2", healthcheck: {test: pg_isready -U shop, interval: 0m5s}}}}'
    assert grade(drill, text).outcome == "passed"


def test_a_missed_rule_shows_the_line_what_is_there_why_and_how_to_mend_it(drill: Config) -> None:
    found = left(grade(drill, drill.start))["compose_pins_images"]
    assert found.text == "Compose services run images of a pinned version"
    assert found.given == "line 3: image: postgres\nservice db: postgres has no tag, which means latest"
    assert found.wanted == "a tag with a version, or a digest"
    assert "A database then refuses to start" in found.why
    assert "Fix: name the version" in found.why


def test_a_missed_want_shows_the_line_and_its_why(drill: Config) -> None:
    found = left(grade(drill, drill.answer.replace("5s", "30s")))["often"]
    assert (found.text, found.given, found.wanted) == ("Often", "line 6: interval: 30s", "at most 10s")
    assert found.why == "Too rarely."


def test_what_is_not_there_names_the_nearest_line(drill: Config) -> None:
    found = left(grade(drill, drill.start))["asks"]
    assert (found.given, found.why) == ("line 2: db:\nno `healthcheck` here", "Nobody asks.")


def test_a_known_mistake_is_recognised_in_another_file(drill: Config) -> None:
    text = "# mine\n" + drill.answer.replace("interval: 5s", "retries: 4\n      interval: 5m")
    assert left(grade(drill, text))["often"].why == "A small m is a minute."
    both = left(grade(drill, text.replace("17.2", "latest")))
    assert both["often"].why == "A small m is a minute."
    assert both["compose_pins_images"].why.startswith("Latest moves. Fix: ")


def test_each_answer_is_judged_alike_each_time(drill: Config) -> None:
    assert grade(drill, drill.start) == grade(drill, drill.start)


def test_nothing_that_is_shown_tells_the_answer(drill: Config) -> None:
    shown = show(drill, learner="x", seed="y")
    assert (shown.file, shown.start, shown.program) == ("compose.yaml", drill.start, "")
    assert "17.2" not in repr(shown)


UNREADABLE = [
    ("a:\n\t- b", "Line 2, column 1: this is not YAML: found character that cannot start any token."),
    ("a: [1,\nb: 2", "Line 3, column 1: this is not YAML: "),
    ("a: b: c", "Line 1, column 5: this is not YAML: mapping values are not allowed"),
    ("a: *none", "Line 1, column 1: the alias *none has no anchor before it."),
    ("a: &a [*a]", "Line 1, column 1: the alias *a is inside its own anchor."),
    ("[" * 5000, "Line 1, column 1: this is nested more than 100 levels deep."),
    ("x" * 65_537, "This answer is longer than 64 KiB. Shorten it."),
    ("a: \x00", "This answer holds bytes that are not text. Paste it as plain text."),
    ("a: \x01\x02", "Line 1, column 1: this is not YAML: "),
    (" \n", "You have written nothing. Write your answer."),
]


@pytest.mark.parametrize(("text", "sentence"), UNREADABLE)
def test_what_cannot_be_read_is_a_problem_with_its_place_and_not_counted(
    drill: Config, text: str, sentence: str
) -> None:
    with pytest.raises(Problem) as caught:
        grade(drill, text)
    assert str(caught.value).startswith(sentence)


def bomb(levels: int) -> str:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, levels)]
    return "\n".join(lines)


def test_a_bomb_of_aliases_is_refused_by_the_number_of_its_values(drill: Config) -> None:
    with pytest.raises(Problem, match="this holds more than 100,000 values"):
        grade(drill, bomb(12))


HOSTILE = [
    bomb(4),
    "services: {db: &a {<<: [*b]}}".replace("*b", "{x: 1}"),
    "services:\n  db:\n    <<: &m {image: !!python/object/apply:os.system ['touch /tmp/x']}",
    "services: " + "{a: " * 90 + "1" + "}" * 90,
    "services: {db: {ports: [" + "'1:1'," * 9000 + "]}}",
    "services: {db: {image: '" + "a" * 60_000 + "'}}",
    "- " * 90 + "x",
    "? " * 90 + "x",
    "x\n" * 20_000,
    "services: {db: {healthcheck: {interval: " + "1m" * 20_000 + "}}}",
    "---\n" * 15_000,
    "!!binary aGk=",
    "services: [1, 2]",
    "services:\n  db:",
    "null",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_file_is_judged_or_refused_in_a_sentence(drill: Config, text: str) -> None:
    with suppress(Problem):
        result = grade(drill, text)
        assert result.outcome == "failed"
        assert all(len(part.given) < 2000 for part in result.feedback)


FILES = {
    "Dockerfile": ("FROM scratch\nRUN <<X\nrm -rf /\n", "Line 2, column 1: this has a here-document without its end."),
    "nginx.conf": ("http {\n  server {\n    listen 80\n  }\n}", "Line 3, column 5: this the directive"),
    "shop.service": ("[Service]\nExecStart", "Line 2, column 1: this has a line that is neither [Section] nor"),
    ".gitignore": ("[" * 30_000 + "\n" + "*a" * 400 + "b\n" + "**/" * 300 + "x", ""),
}


@pytest.mark.parametrize("name", FILES)
def test_every_format_says_where_it_cannot_be_read(tmp_path: Path, name: str) -> None:
    test = 'keeps = ["a"]' if name == ".gitignore" else 'at = "x", present = true'
    toml = f"""
[[drill]]
id = "x"
kind = "config"
seconds = 120
prompt = "P."
why = "W."
file = "{name}"
answer = "x"
wants = [{{id = "w", claim = "C", why = "Y.", {test}}}]
wrong = [{{misses = "w", answer = "y", why = "Z."}}]
"""
    text, sentence = FILES[name]
    if not sentence:
        assert grade(one(tmp_path, toml), text).outcome in ("passed", "failed")
        return
    with pytest.raises(Problem) as caught:
        grade(one(tmp_path, toml), text)
    assert str(caught.value).startswith(sentence.replace("this the", "the"))


def test_the_proof_runs_the_key_each_wrong_answer_and_the_start(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one", drills=COMPOSE)
    report = check_keys([folder])
    proof = report.by_kind["config"]
    assert (proof.executed, proof.refuted, report.problems) == (1, 3, ())


BROKEN = [
    ("interval: 5m", "interval: 9s", "`wrong` number 1 misses nothing, not `often` alone."),
    ('misses = "asks"', 'misses = "often"', "`wrong` number 3 misses `asks`, not `often` alone."),
    ('at_most = "10s"', 'at_most = "4s"', "`answer` misses `often`."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), BROKEN)
def test_the_proof_finds_a_broken_drill(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert COMPOSE.count(old) == 1
    assert one(tmp_path / "sound").prove().problems == ()
    assert sentence in one(tmp_path / "broken", COMPOSE.replace(old, new)).prove().problems


def test_a_want_that_nothing_misses_is_not_proven(tmp_path: Path) -> None:
    more = COMPOSE.replace(
        "wants = [", 'wants = [{id = "is", claim = "C", why = "W.", at = "services.db", present = true},'
    )
    assert one(tmp_path, more).prove().problems == (
        "`is` is missed neither by `start` nor by a wrong answer: nothing shows that it can be.",
    )


def test_a_start_that_passes_is_found(tmp_path: Path) -> None:
    passing = COMPOSE.replace(
        'image: postgres\n    ports: ["5432:5432"]',
        "image: postgres:17.2\n    healthcheck: {test: pg_isready, interval: 5s}",
    )
    assert "`start` passes as it stands; leave something to do." in one(tmp_path, passing).prove().problems


SAID = [
    ('file = "compose.yaml"', 'file = "notes.txt"', "`file` is 'notes.txt', which names no kind of file"),
    ('["compose_pins_images",', '["compose_pin_images",', "`rules`: there is no rule 'compose_pin_images'"),
    ('misses = "asks"', 'misses = "ask"', "`wrong` number 3: `misses` is 'ask', which is neither a rule nor a want"),
    ('old = "interval: 5s"', 'old = "s"', "`wrong` number 1: `old` stands "),
    ('at_most = "10s"', 'at_most = "10m"', "`wants` number 2: `services.db.healthcheck.interval at_most`: `10m` is no"),
    ('matches = "pg_isready"', 'matches = "("', "`wants` number 1: `services.db.healthcheck.test matches`: missing )"),
    ('matches = "pg_isready", ', "", "`wants` number 1: it has 0 tests; write exactly one of present, absent,"),
    ('at = "services.db.healthcheck.test"', 'at = "services..db"', "`wants` number 1: `services..db matches`: "),
    ('id = "often"', 'id = "asks"', "`rules and wants`: 'asks' stands there twice"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), SAID)
def test_a_mistake_in_the_file_has_its_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert COMPOSE.count(old) == 1
    found = mistakes(tmp_path, COMPOSE.replace(old, new))
    assert any(text.startswith(sentence) for text in found), found


def test_what_is_looked_at_is_bounded(tmp_path: Path) -> None:
    toml = """
[[drill]]
id = "x"
kind = "config"
seconds = 120
prompt = "P."
why = "W."
file = "nginx.conf"
answer = "http { add_header A b; server { location /a { } } }"
wants = [{id = "w", claim = "C", why = "Y.", at = "http.server.location.^add_header", equals = "A b"}]
wrong = [{misses = "w", old = "A b", new = "A c", why = "Z."}]
"""
    drill = one(tmp_path, toml)
    assert drill.prove().problems == ()
    with pytest.raises(Problem, match="this has too many parts to be judged"):
        grade(drill, "http {" + "add_header a b;" * 1500 + "server {" + "location /a { }" * 700 + "}}")


def test_other_files_stand_beside_the_answer_and_nothing_of_the_disk(tmp_path: Path) -> None:
    toml = """
[[drill]]
id = "x"
kind = "config"
seconds = 120
prompt = "P."
why = "W."
file = ".gitignore"
beside = {"package.json" = "{}"}
rules = ["git_ignores_build_products"]
answer = "node_modules/"
wrong = [{misses = "git_ignores_build_products", answer = "*.log", why = "Packages."}]
"""
    drill = one(tmp_path, toml)
    assert drill.prove() == Proof(refuted=1)
    (part,) = left(grade(drill, "*.tmp")).values()
    assert part.given == "line 1: *.tmp\nnothing ignores node_modules/"
