"""Own roads over the web, without a browser: forking, changing, and what a page of one shows."""

import html
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from backroad.own_roads.clone import LONGEST_LABEL
from tests.own_roads import clones
from tests.own_roads.clones import ROAD, node
from tests.serving import Server, backroad, serving

pytestmark = pytest.mark.slow
FLAGS = {
    "areas.toml": '\n[[area]]\nid = "team"\ntitle = "Team"\nabout = "Ours."\n',
    "skills/team/flags/skill.toml": (
        'title = "Flags"\nclaim = "You can switch."\nrequires = ["http.messages"]\nminutes = 60\n'
    ),
    "skills/team/flags/drills.toml": (
        '[[drill]]\nid = "prints"\nkind = "predict"\nseconds = 30\nlanguage = "python"\n'
        'prompt = "What does it print?"\nprogram = "print(1 + 1)"\noutput = "2"\nwhy = "It adds."\n'
        'wrong = [{answer = "11", why = "Texts join."}, {answer = "4", why = "That is 2 + 2."}]\n'
    ),
}
"""A skill of the learner's own that has a drill."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """With an imported clone whose titles and texts try to be more than text."""
    folder = tmp_path_factory.mktemp("web")
    evil = "</code><script>alert(1)</script>"
    nodes = [*clones.NODES, node("evil", evil, 0, 900, "topic")]
    texts = {**clones.TEXTS, "evil@evil": f"# x\n\n{evil} <img src=x onerror=alert(1)> [x](javascript:alert(1))\n"}
    done = backroad(folder / "home", "road", "import", str(clones.write(folder / "clone", nodes, texts=texts)))
    assert done.returncode == 0, done.stderr
    for name, text in FLAGS.items():
        path = folder / "home/content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8")
    with serving(folder / "home") as server:
        server.settle()
        yield server


@pytest.fixture
def client(server: Server) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


def road_file(server: Server, road: str) -> Path:
    return server.home / f"content/roads/{road}.toml"


def make(client: httpx2.Client, name: str, *skills: str, base: str = "canonical") -> httpx2.Response:
    return client.post("/own-roads", data={"from": base, "name": name, "skill": list(skills)})


def test_a_fork_is_there_at_once_and_can_be_followed(server: Server, client: httpx2.Client) -> None:
    answer = make(client, "Web road", "http.messages", "sql.select")
    assert (answer.status_code, answer.headers["location"]) == (303, "/own-roads/web-road?made")
    page = html.unescape(client.get("/roads/web-road").text)
    assert str(road_file(server, "web-road")) in page
    assert 'href="/own-roads/web-road"' in page
    assert "made by you" in client.get("/roads").text
    assert '<option value="web-road"' in client.get("/settings").text
    server.settle(road="web-road")
    assert "Your road" in client.get("/road").text
    assert client.get("/").status_code == client.get("/plan").status_code == client.get("/road/map").status_code == 200
    server.settle()


def test_skills_are_moved_added_and_taken_out(server: Server, client: httpx2.Client) -> None:
    make(client, "Changing", "http.messages", "http.methods")
    for form, skills in (
        ({"do": "down http.messages"}, '["http.methods", "http.messages"]'),
        ({"do": "add", "skill": "net.dns", "after": "http.methods"}, '["http.methods", "net.dns", "http.messages"]'),
        ({"do": "remove http.methods"}, '["net.dns", "http.messages"]'),
        ({"do": "step", "skill": "arch.cap", "title": "Later"}, 'title = "Later"\nskills = ["arch.cap"]'),
    ):
        assert client.post("/own-roads/changing", data=form).status_code == 303
        assert skills in road_file(server, "changing").read_text(encoding="utf-8")
    roads = {road["id"]: road["skills"] for road in client.get("/api/v1/roads").json()}
    assert roads["changing"] == 3


@pytest.mark.parametrize(
    ("form", "status", "sentence"),
    [
        ({"name": "", "skill": ["sql.joins"]}, 422, "cannot name a road"),
        ({"name": "Canonical", "skill": ["sql.joins"]}, 422, "it is shipped"),
        ({"name": "None"}, 422, "The road would have no skill"),
        ({"name": "None", "skill": ["<b>"]}, 422, "has no skill <b>"),
        ({"name": "None", "from": "nowhere", "skill": ["sql.joins"]}, 404, "There is no road nowhere"),
    ],
)
def test_a_form_that_is_wrong_keeps_what_was_typed(
    client: httpx2.Client, form: dict[str, object], status: int, sentence: str
) -> None:
    answer = client.post("/own-roads", data={"from": "canonical", **form})
    assert answer.status_code == status
    assert sentence in html.unescape(answer.text)
    assert "<b>" not in answer.text.replace("<b>None</b>", "")
    if status == 422:
        assert f'value="{form["name"]}"' in answer.text


@pytest.mark.parametrize(
    ("road", "form", "status"),
    [
        ("canonical", {"do": "remove sql.joins"}, 409),
        ("nowhere", {"do": "remove sql.joins"}, 404),
        ("..%2F..%2Fetc", {"do": "remove sql.joins"}, 404),
        (ROAD, {"do": "remove sql.joins"}, 422),
        (ROAD, {"do": "explode"}, 422),
        (ROAD, {}, 422),
        (ROAD, {"do": "add", "skill": "no.skill"}, 422),
        (ROAD, {"do": "step", "skill": "sql.joins", "title": " "}, 422),
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(
    server: Server, client: httpx2.Client, road: str, form: dict[str, str], status: int
) -> None:
    before = {path: path.read_bytes() for path in (server.home / "content").rglob("*.toml")}
    assert client.post(f"/own-roads/{road}", data=form).status_code == status
    assert {path: path.read_bytes() for path in (server.home / "content").rglob("*.toml")} == before


def test_another_sites_page_cannot_make_a_road(client: httpx2.Client) -> None:
    answer = client.post(
        "/own-roads", data={"from": "canonical", "name": "x"}, headers={"origin": "https://evil.example"}
    )
    assert answer.status_code == 403


def test_an_imported_skill_shows_its_links_and_can_be_read_and_noted(server: Server, client: httpx2.Client) -> None:
    skill = f"{ROAD}.how-modems-whistle"
    page = client.get(f"/skills/{skill}").text
    assert "Two machines <strong>sing</strong> to each other." in page
    assert 'href="https:&#x2f;&#x2f;example.com&#x2f;songs"' in page
    assert "Private: its text comes from your own clone" in page
    assert "45 min" in page
    assert "There are no drills for this skill yet." in page
    assert client.post(f"/skills/{skill}/read", data={"seconds": "60"}).status_code == 303
    assert "read on" in client.get(f"/skills/{skill}").text
    note = {"kind": "skill", "ref": skill, "text": "A *private* note"}
    assert client.post("/notes", data=note).headers["location"] == f"/skills/{skill}"
    assert "<em>private</em>" in client.get(f"/skills/{skill}").text


def test_hostile_titles_and_texts_of_a_clone_stay_text(client: httpx2.Client) -> None:
    slug = next(one["id"] for one in client.get("/api/v1/skills").json() if one["title"].startswith("</code>"))
    pages = (f"/roads/{ROAD}", f"/own-roads/{ROAD}", f"/own-roads/new?from={ROAD}", f"/skills/{slug}", "/own-roads/new")
    for path in pages:
        text = client.get(path).text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "javascript:" not in text.replace("[x](javascript:alert(1))", ""), path
    assert len(slug) < LONGEST_LABEL


def test_own_drills_are_asked_and_count(server: Server, client: httpx2.Client) -> None:
    assert 'href="/drills/team.flags/prints"' in html.unescape(client.get("/skills/team.flags").text)
    assert "passed" in client.post("/drills/team.flags/prints", data={"text": "2"}).text
    standing = {one["id"]: one["level"] for one in client.get("/api/v1/skills?area=team").json()}
    assert standing["team.flags"] != "new"
    make(client, "With flags", "http.messages")
    assert client.post("/own-roads/with-flags", data={"do": "add", "skill": "team.flags"}).status_code == 303
    assert client.get("/drills/team.flags/prints").status_code == 200
    assert 'href="/skills/team.flags"' in html.unescape(client.get("/roads/with-flags").text)


def test_a_fork_of_what_is_private_is_private(server: Server, client: httpx2.Client) -> None:
    make(client, "Copy of it", f"{ROAD}.internet", base=ROAD)
    assert "private = true" in road_file(server, "copy-of-it").read_text(encoding="utf-8")
