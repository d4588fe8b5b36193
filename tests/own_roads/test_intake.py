"""A clone of roadmap.sh becomes a private road: mapped where we teach the topic already, bounded whatever it holds."""

import json
from pathlib import Path

import pytest

from backroad.curriculum import Curriculum, load
from backroad.curriculum.lint_own import lint_own
from backroad.curriculum.own import own_dir
from backroad.kit.errors import Problem
from backroad.own_roads import clone, intake
from backroad.own_roads.arrange import arrange
from tests.own_roads import clones
from tests.own_roads.clones import EDGES, NODES, ROAD, edge, node


@pytest.fixture(scope="module")
def real() -> Curriculum:
    return load()


def take(real: Curriculum, tmp_path: Path, folder: Path, **more: str) -> intake.Taken:
    return intake.take(real, tmp_path / "home", folder, **{"roadmap": "backend", **more})


def again(tmp_path: Path) -> Curriculum:
    return load(mine=own_dir(tmp_path / "home"))


def test_topics_become_skills_and_what_we_teach_already_is_ours(tmp_path: Path, real: Curriculum) -> None:
    taken = take(real, tmp_path, clones.write(tmp_path / "clone"))
    mine = again(tmp_path)
    assert taken.mapped == {"What is DNS?": "net.dns", "ACID": "sql.transactions"}
    assert (taken.made, taken.links, taken.odd) == (5, 3, ())
    assert [(step.title, step.skills) for step in mine.road(ROAD).steps] == [
        ("Internet", (f"{ROAD}.internet", "net.dns", f"{ROAD}.how-modems-whistle", f"{ROAD}.carrier-pigeons")),
        ("Relational Databases", (f"{ROAD}.relational-databases", "sql.transactions", f"{ROAD}.punched-cards")),
    ]
    modem = mine.skills[f"{ROAD}.how-modems-whistle"]
    assert (modem.title, modem.requires) == ("How modems whistle", (f"{ROAD}.internet",))
    assert mine.lesson(modem.id) == "Two machines **sing** to each other.\n"
    assert [(one.title, one.url) for one in mine.resources_for(modem.id)] == [
        ("Songs of the wire", "https://example.com/songs"),
        ("A duet", "https://example.com/duet?part=1"),
    ]
    assert "Names" in [one.title for one in mine.resources_for("net.dns")]
    assert list(lint_own(mine, {})) == []


def test_everything_that_came_from_the_clone_is_marked_private(tmp_path: Path, real: Curriculum) -> None:
    take(real, tmp_path, clones.write(tmp_path / "clone"))
    mine = again(tmp_path)
    assert mine.road(ROAD).private
    assert mine.areas[ROAD].private
    assert mine.private_skills == mine.own_skills
    assert all(one.private for one in mine.resources if one not in real.resources)
    assert mine.has_private
    assert not real.has_private


def test_the_order_comes_from_arrows_and_where_there_are_none_from_height(tmp_path: Path) -> None:
    nodes = [
        node("c", "C", 0, 300, "topic"),
        node("b", "B", 0, 290, "topic"),
        node("a", "A", 0, 0, "topic"),
        node("z", "Z", 0, 900, "topic"),
        node("far", "Far", 10, 880),
    ]
    edges = [edge("c", "b"), edge("z", "a"), edge("b", "c"), edge("nobody", "a")]
    found = clone.read(clones.write(tmp_path, nodes, edges), "backend")
    # the arrow from Z up to A is drawn for the eye; B and C point at each other
    assert [(head.label, [one.label for one in below]) for head, below in arrange(found)] == [
        ("A", []), ("C", []), ("B", []), ("Z", ["Far"]),
    ]  # fmt: skip


def test_titles_that_only_look_alike_are_not_mapped(real: Curriculum) -> None:
    known = intake.known_topics(real)
    assert known[intake.plain("What are Joins?")] == "sql.joins"
    assert known[intake.plain("DNS and how it works?")] == "net.dns"
    for title in ("Joinery", "Caching a ball", "Go to the shop", "REST in peace", ""):
        assert intake.plain(title) not in known, title


def test_a_roadmap_is_found_by_name_or_by_its_own_folder(tmp_path: Path, real: Curriculum) -> None:
    root = clones.write(tmp_path / "clone", name="sql")
    assert take(real, tmp_path, root, roadmap="sql").road == "sql-roadmap"
    assert take(real, tmp_path, root / "src/data/roadmaps/sql", name="Again").road == "again"
    with pytest.raises(Problem, match=r"There is no roadmap backend .*There are sql"):
        take(real, tmp_path, root)
    with pytest.raises(Problem, match="There is a road again"):
        take(real, tmp_path, root, roadmap="sql", name="again")
    with pytest.raises(Problem, match="There is an area sql"):
        take(real, tmp_path, root, roadmap="sql", name="sql")


HOSTILE_LABEL = '</h1><script>alert(1)</script>"""\x1b[2J\n' + "x" * 500


def test_hostile_titles_texts_and_links_become_plain_text(tmp_path: Path, real: Curriculum) -> None:
    nodes = [
        node("a", HOSTILE_LABEL, 0, 0, "topic"),
        node("b", "../../../etc/passwd", 0, 10),
        node("c", "\u202e\x00", 0, 20),
    ]
    text = (
        "# t\n\n<script>alert(1)</script> [x](javascript:alert(1)) \x1b[31m\n"
        "- [@article@bad](javascript:alert(1))\n- [@article@bad](https://x.example/\u202e)\n"
        "- [@article@\x1b[0m ok](https://example.com/?a=1&b='2)\n- [@article@good](https://example.com/)\n"
    )
    taken = take(
        real, tmp_path, clones.write(tmp_path / "clone", nodes, [], {"x@a": text, "../x@b".replace("../", ""): text})
    )
    mine = again(tmp_path)
    assert taken.made == 2
    assert "1 × topic without a title" in taken.odd
    assert sorted(path.name for path in (tmp_path / "home/content/skills" / ROAD).iterdir()) == sorted(
        skill.name for skill in mine.skills.values() if skill.id in mine.own_skills
    )
    for skill in mine.own_skills:
        assert mine.skills[skill].title.isprintable()
        assert len(mine.skills[skill].title) <= clone.LONGEST_LABEL
        assert all(one.url.startswith("https://example.com") for one in mine.resources_for(skill))


def place(root: Path) -> Path:
    return root / "src/data/roadmaps/backend"


def grow_drawing(root: Path) -> None:
    (place(root) / "backend.json").write_bytes(b'{"nodes": [' + b" " * (9 << 20))


def nest_drawing(root: Path) -> None:
    (place(root) / "backend.json").write_text('{"nodes": [' + "[" * 100_000, encoding="utf-8")


def nest_node(root: Path) -> None:
    deep = '{"id": "a", "type": "topic", "position": ' + '{"x":' * 50_000 + "1" + "}" * 50_000 + "}"
    (place(root) / "backend.json").write_text(f'{{"nodes": [{deep}]}}', encoding="utf-8")


def many_nodes(root: Path) -> None:
    (place(root) / "backend.json").write_text(
        '{"nodes": [' + ",".join(['{"id":"a"}'] * 100_000) + "]}", encoding="utf-8"
    )


def many_topics(root: Path) -> None:
    nodes = [node(f"n{number}", f"Topic {number}", number, number) for number in range(1_000)]
    (place(root) / "backend.json").write_text(json.dumps({"nodes": nodes, "edges": []}), encoding="utf-8")


def binary(root: Path) -> None:
    (place(root) / "backend.json").write_bytes(bytes(range(256)) * 100)


def old_format(root: Path) -> None:
    (place(root) / "backend.json").write_text('{"mockup": {"controls": {}}}', encoding="utf-8")


def linked(root: Path) -> None:
    (place(root) / "backend.json").unlink()
    (place(root) / "backend.json").symlink_to("/etc/passwd")


def many_files(root: Path) -> None:
    for number in range(clone.MOST_FILES + 1):
        (place(root) / f"content/{number}@x.md").touch()


def nothing_drawn(root: Path) -> None:
    (place(root) / "backend.json").write_text('{"nodes": []}', encoding="utf-8")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (grow_drawing, "has more than 8 MiB"),
        (nest_drawing, "is not the drawing of a roadmap"),
        (nest_node, "is not the drawing of a roadmap|draws no topic"),
        (many_nodes, "has 100,000 nodes"),
        (many_topics, "draws 1,000 topics"),
        (binary, "is not the drawing of a roadmap"),
        (old_format, "gave up in 2024"),
        (linked, "There is no roadmap backend"),
        (many_files, "has more than 5,000 files"),
        (nothing_drawn, "draws no topic"),
    ],
)
def test_a_hostile_clone_gets_one_sentence_and_leaves_nothing(
    tmp_path: Path, real: Curriculum, spoil: object, sentence: str
) -> None:
    root = clones.write(tmp_path / "clone")
    spoil(root)  # type: ignore[operator]
    with pytest.raises(Problem, match=sentence):
        take(real, tmp_path, root)
    assert not (tmp_path / "home").exists()


def test_odd_things_are_counted_and_the_rest_is_taken(tmp_path: Path, real: Curriculum) -> None:
    odd = [{"id": 3}, None, node("internet-xx", "Twice", 0, 0), node("w", "W", 0, 0, "widget")]
    root = clones.write(tmp_path / "clone", [*NODES, *odd], [*EDGES, {"source": 1}, edge("dns-xxxxxxx", "dns-xxxxxxx")])
    content = place(root) / "content"
    (content / "huge@modem-xxxxx.md").write_text("x" * 70_000, encoding="utf-8")
    (content / "binary@acid-xxxxxx.md").write_bytes(b"\xff\xfe")
    (content / "passwords@framed-xxxx.md").symlink_to("/etc/passwd")
    (content / "index.md").touch()
    (content / "stray@nobody.md").touch()
    taken = take(real, tmp_path, root)
    assert taken.made == 5
    assert set(taken.odd) == {
        "2 × node without a type, a place or a plain id",
        "1 × node with the id of another",
        "1 × node of the type 'widget'",
        "2 × text that is too large, or not UTF-8",
        "2 × file or folder in content that is not a topic's text",
        "1 × text file that belongs to no topic",
        "1 × edge without two ends",
    }
    assert "root:" not in "".join(path.read_text() for path in (tmp_path / "home").rglob("*.*"))


@pytest.mark.slow
def test_arrows_in_circles_and_hundreds_of_topics_end(tmp_path: Path, real: Curriculum) -> None:
    nodes = [
        node(f"n{number}", f"Topic {number}", 0, 0, "topic" if number % 3 else "subtopic") for number in range(850)
    ]
    edges = [edge(f"n{number}", f"n{(number * 7 + 1) % 850}") for number in range(850)] * 20
    taken = take(real, tmp_path, clones.write(tmp_path / "clone", nodes, edges, {}))
    assert taken.made == 850
    assert list(lint_own(again(tmp_path), {})) == []


def test_a_half_written_import_is_taken_back(tmp_path: Path, real: Curriculum) -> None:
    own = own_dir(tmp_path / "home")
    own.mkdir(parents=True)
    (own / "areas.toml").write_text("# mine\n", encoding="utf-8")
    (own / "roads").write_text("in the way", encoding="utf-8")
    with pytest.raises(Problem, match="cannot be written"):
        take(real, tmp_path, clones.write(tmp_path / "clone"))
    assert (own / "areas.toml").read_text() == "# mine\n"
    assert not (own / "skills" / ROAD).exists()
    assert not (own / "resources.toml").exists()
