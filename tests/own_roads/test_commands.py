"""`backroad road fork | new | add | check | import` as people type them, and own content through export and import."""

import html
import json
import shutil
import zipfile
from pathlib import Path

import pytest

from tests.own_roads import clones
from tests.own_roads.clones import ROAD
from tests.serving import backroad, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of a learner who answered the five questions."""
    folder = tmp_path_factory.mktemp("own") / "home"
    with serving(folder) as server:
        server.settle()
    return folder


@pytest.fixture
def home(settled: Path, tmp_path: Path) -> Path:
    return shutil.copytree(settled, tmp_path / "home")


def test_from_a_fork_to_a_plan(home: Path) -> None:
    forked = backroad(home, "road", "fork", "essentials-2026", "Our team")
    assert forked.returncode == 0, forked.stderr
    file = home / "content/roads/our-team.toml"
    assert f"Wrote {file}." in forked.stdout
    added = backroad(home, "road", "add", "our-team", "arch.cap", "--after", "http.messages", "--json")
    assert json.loads(added.stdout) == {"road": "our-team", "skill": "arch.cap", "file": str(file), "problems": []}
    shown = json.loads(backroad(home, "road", "our-team", "--json").stdout)
    assert list(shown["steps"][0]["skills"])[:2] == ["http.messages", "arch.cap"]
    planned = backroad(home, "plan", "--minutes", "60,60,60,60,60,0,0", "--road", "our-team", "--json")
    days = json.loads(planned.stdout)["days"]
    assert "arch.cap" in {session["ref"] for day in days for session in day["sessions"]}
    assert backroad(home, "road", "check").stdout == "1 road and 0 skills of your own, 0 problems\n"


def test_a_road_with_its_own_skill_is_written_by_hand_and_checked(home: Path) -> None:
    made = json.loads(backroad(home, "road", "new", "by-hand", "--json").stdout)
    road = Path(made["file"])
    road.write_text(road.read_text().replace('"http.messages"', '"http.messages", "team.flags"'))
    wrong = backroad(home, "road", "check", "by-hand")
    assert wrong.returncode == 1
    assert "by-hand.toml:" in wrong.stdout
    assert "there is no skill `team.flags`" in wrong.stdout
    content = home / "content"
    (content / "skills/team/flags").mkdir(parents=True)
    (content / "areas.toml").write_text('[[area]]\nid = "team"\ntitle = "Team"\nabout = "Ours."\n')
    (content / "skills/team/flags/skill.toml").write_text(
        'title = "Flags"\nclaim = "You can switch."\nrequires = ["http.messages"]\nminutes = 60\n'
    )
    (content / "skills/team/flags/drills.toml").write_text(
        '[[drill]]\nid = "prints"\nkind = "predict"\nseconds = 30\nlanguage = "python"\n'
        'prompt = "What does it print?"\n'
        'program = "print(1 + 1)"\noutput = "3"\nwhy = "It adds."\n'
        'wrong = [{answer = "11", why = "Texts join."}, {answer = "4", why = "That is 2 + 2."}]\n'
    )
    assert backroad(home, "road", "check", "by-hand").returncode == 0
    wrong = backroad(home, "road", "check", "by-hand", "--execute")
    assert wrong.returncode == 1
    assert "drills.toml" in wrong.stdout
    (content / "skills/team/flags/drills.toml").unlink()
    assert backroad(home, "road", "check", "by-hand").returncode == 0
    road.unlink()


def test_usage_that_is_wrong_gets_a_sentence(home: Path) -> None:
    for words, sentence in (
        (["fork", "nowhere", "x"], "There is no road nowhere."),
        (["fork", "canonical", "canonical"], "There is a road canonical: it is shipped."),
        (["add", "canonical", "sql.joins"], "The road canonical is shipped and stays as it is."),
        (["check", "nowhere"], "You have no road nowhere of your own."),
        (["import", "/nowhere"], "/nowhere is not a folder."),
        (["import", str(home), "--roadmap", "../../etc"], "'../../etc' is not the name of a roadmap."),
    ):
        said = backroad(home, "road", *words)
        assert (said.returncode, said.stdout) == (1, ""), words
        assert said.stderr.startswith(f"backroad: {sentence}"), said.stderr
    assert backroad(home, "road", "fork", "canonical").returncode == 2


def test_an_import_stays_out_of_everything_but_the_own_export(home: Path, tmp_path: Path) -> None:
    root = clones.write(tmp_path / "clone")
    taken = json.loads(backroad(home, "road", "import", str(root), "--json").stdout)
    assert (taken["road"], taken["made"], len(taken["mapped"])) == (ROAD, 5, 2)
    with serving(home) as server:
        server.settle(road=ROAD)
        with server.client() as client:
            assert "How modems whistle" in client.get("/").text + client.get("/plan").text
    feed, archive = tmp_path / "plan.ics", tmp_path / "mine.zip"
    assert backroad(home, "plan", "--ics", str(feed)).returncode == 0
    events = feed.read_text()
    assert "Learn: a topic of your own" in events
    for word in ("modems", "pigeons", ROAD, "Punched"):
        assert word not in events
    exported = backroad(home, "export", str(archive))
    assert "keep the file to yourself" in exported.stdout
    assert f"content/roads/{ROAD}.toml" in zipfile.ZipFile(archive).namelist()
    other = tmp_path / "other"
    assert backroad(other, "import", str(archive)).returncode == 0
    assert json.loads(backroad(other, "road", ROAD, "--json").stdout)["title"] == "Backend roadmap"
    again = tmp_path / "again.zip"
    assert backroad(other, "export", str(again)).returncode == 0
    theirs, ours = zipfile.ZipFile(again), zipfile.ZipFile(archive)
    assert {n: theirs.read(n) for n in theirs.namelist() if n.startswith("content/")} == {
        n: ours.read(n) for n in ours.namelist() if n.startswith("content/")
    }


def test_a_road_that_broke_is_named_everywhere_and_stops_nothing_else(tmp_path: Path) -> None:
    home = tmp_path / "home"
    backroad(home, "road", "fork", "canonical", "Mine")
    with serving(home) as server:
        server.settle(road="mine")
    (home / "content/roads/mine.toml").write_text('title = "Mine\n')
    with serving(home) as server, server.client() as client:
        assert "content left out" in server.said
        today = client.get("/")
        assert today.status_code == 404
        assert "Your road mine cannot be read" in today.text
        assert "roads/mine.toml:1: this is not TOML" in html.unescape(today.text)
        assert "Left out of your own content" in client.get("/roads").text
        assert client.get("/settings").status_code == client.get("/skills/sql.joins").status_code == 200
        server.settle(road="canonical")
        assert client.get("/").status_code == 200
