"""Each way of breaking the content yields one sentence that says where and what."""

import pytest

from tests.curriculum.conftest import Copy

pytestmark = pytest.mark.slow


def test_the_copy_is_clean_before_it_is_broken(copy: Copy) -> None:
    assert copy.sentences() == []


@pytest.mark.parametrize(
    ("skill", "field", "value", "sentence"),
    [
        ("sql.joins", "claim", '"Combine rows."', 'the claim must be one sentence that starts with "You can".'),
        ("sql.joins", "claim", '"You can combine rows"', 'the claim must be one sentence that starts with "You can".'),
        ("sql.joins", "title", '"Joins."', "the title must not end with a full stop."),
        ("sql.joins", "title", '"indexes"', "`sql.joins` has the same title."),
        ("sql.joins", "requires", '["sql.select", "sql.select"]', "a requirement is listed twice."),
        ("sql.joins", "requires", '["sql.selct"]', "there is no skill `sql.selct`. Did you mean `sql.select`?"),
        ("sql.joins", "minutes", "5", "`minutes`: expected a whole number >= 30."),
        ("sql.joins", "minutes", '"long"', "`minutes`: expected a whole number, got text."),
        ("sql.joins", "requires", '"sql.select"', "`requires`: expected a list, got text."),
        ("sql.joins", "minutes", "60\nrequired = []", "`required` is not a field. Did you mean `requires`?"),
        ("sql.joins", "minutes", "60\nid = 'x'", "remove `id`: the folder says it."),
        ("web.node", "tracks", '["node", "cobol"]', "`tracks[1]`: invalid enum value 'cobol'."),
        ("career.applications", "requires", "[]", "unreachable: it requires nothing and nothing requires it."),
    ],
)
def test_a_broken_skill(copy: Copy, skill: str, field: str, value: str, sentence: str) -> None:
    copy.set(skill, field, value)
    found = [said for said in copy.sentences() if said.endswith(f": {sentence}")]
    assert len(found) == 1
    assert "skill.toml:" in found[0]


def test_the_line_is_named(copy: Copy) -> None:
    copy.set("sql.joins", "minutes", "5")
    assert "skills/sql/joins/skill.toml:4: `minutes`: expected a whole number >= 30." in copy.sentences()


def test_a_requirement_implied_by_another(copy: Copy) -> None:
    copy.set("sql.query-plans", "requires", '["sql.indexes", "sql.joins", "sql.select"]')
    assert copy.sentences() == [
        "skills/sql/query-plans/skill.toml:3: `sql.select` is implied by what the skill requires already: remove it."
    ]


def test_a_circle(copy: Copy) -> None:
    copy.set("sql.select", "requires", '["sql.query-plans"]')
    (sentence,) = [said for said in copy.sentences() if "circle" in said]
    assert "`requires` goes in a circle: " in sentence
    assert "sql.select -> sql.query-plans -> " in sentence or "sql.query-plans -> " in sentence


def test_a_skill_for_everyone_that_requires_one_for_a_language(copy: Copy) -> None:
    copy.set("api.crud", "requires", '["api.resources", "api.errors", "web.node", "sql.connections"]')
    found = (
        "skills/api/crud/skill.toml:3: it requires `web.node`, which is not for python, java, go, php, ruby, csharp."
    )
    assert found in copy.sentences()


def test_a_file_that_is_not_toml(copy: Copy) -> None:
    copy.set("career.applications", "minutes", "= 3")
    (sentence,) = copy.sentences()
    assert sentence.startswith("skills/career/applications/skill.toml:4: this is not TOML: invalid value")


def test_a_missing_field(copy: Copy) -> None:
    copy.edit("skills/career/applications/skill.toml", "minutes = 120\n", "")
    assert copy.sentences() == ["skills/career/applications/skill.toml: `minutes` is missing."]


def test_a_folder_without_a_skill(copy: Copy) -> None:
    (copy.root / "skills/sql/views").mkdir()
    assert copy.sentences() == ["skills/sql/views: the folder has no skill.toml."]


def test_a_skill_of_no_area(copy: Copy) -> None:
    (copy.root / "skills/misc/things").mkdir(parents=True)
    copy.skill_file("misc.things").write_text('title = "Things"\n', encoding="utf-8")
    assert copy.sentences() == ["skills/misc/things/skill.toml: `misc` is not in areas.toml."]


def test_a_name_that_is_not_lower_case(copy: Copy) -> None:
    (copy.root / "skills/sql/Views").mkdir()
    copy.skill_file("sql.Views").write_text('title = "Views"\n', encoding="utf-8")
    assert copy.sentences() == ["skills/sql/Views/skill.toml: `Views` must be lower-case words joined by hyphens."]


def test_an_area_without_skills(copy: Copy) -> None:
    copy.edit("areas.toml", "[[area]]", '[[area]]\nid = "misc"\ntitle = "Misc"\nabout = "x"\n\n[[area]]')
    assert [said.partition(": ")[2] for said in copy.sentences()] == ["the area `misc` has no skill."]


def test_two_areas_of_one_id(copy: Copy) -> None:
    copy.edit("areas.toml", "[[area]]", '[[area]]\nid = "net"\ntitle = "Net"\nabout = "x"\n\n[[area]]')
    assert copy.sentences() == ["areas.toml:8: there are two of `net`."]


def test_areas_that_cannot_be_read_are_reported_once(copy: Copy) -> None:
    (copy.root / "areas.toml").unlink()
    assert [said for said in copy.sentences() if "areas" in said] == ["areas.toml: the file is missing."]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "https://sqlzoo.net/",
            "http://sqlzoo.net/",
            "`sqlzoo`: the link must be https://host/path without a fragment",
        ),
        (
            "https://sqlzoo.net/",
            "https://sqlzoo.net/#a",
            "`sqlzoo`: the link must be https://host/path without a fragment",
        ),
        ("https://sqlzoo.net/", "https://jestjs.io/", "`sqlzoo`: another resource has the same link."),
        ('group = "databases"', 'group = "manual"', "99 published resources in 20 groups; there are 100 in 20."),
        ('group = "databases"', 'group = "manual"', "the group `databases` has 4 resources; it was published with 5."),
        ('id = "sqlzoo"', 'id = "jest-docs"', "there are two of `jest-docs`."),
        ('id = "sqlzoo"', 'id = "sqlzoo"\nlevel = 1', "`level` is not a field."),
        (
            'skills = ["api.uploads"]',
            'skills = ["api.json"]',
            "no resource serves `api.uploads` for node, python, java",
        ),
        ('skills = ["web.go"]', 'skills = ["web.went"]', "there is no skill `web.went`."),
    ],
)
def test_broken_resources(copy: Copy, old: str, new: str, sentence: str) -> None:
    copy.edit("resources.toml", old, new)
    assert any(f": {sentence}" in said and said.startswith("resources.toml") for said in copy.sentences())


@pytest.mark.parametrize(
    ("road", "old", "new", "sentence"),
    [
        (
            "stepwise-2026",
            '"bson data modeling" = "nosql.modelling"\n',
            "",
            "the roads name 243 distinct topics; 244 were published.",
        ),
        ("stepwise-2026", 'source = "stepwise-2026"', 'source = "x"', '`source` must be "stepwise-2026".'),
        ("canonical", "[[step]]", 'source = "x"\n[[step]]', "only a published road has a `source`."),
        (
            "language-agnostic",
            "weeks = [6, 8]",
            "weeks = [8, 6]",
            "`weeks` must be [lowest, highest], each at least 1.",
        ),
        ("language-agnostic", "weeks = [6, 8]", "weeks = [6]", "`steps[0].weeks`: expected a list of length 2, got 1."),
        (
            "stepwise-2026",
            '"dns" = "net.dns"',
            '"dns" = 3',
            "`steps[0].topics[0].skills`: expected a list, got a whole",
        ),
        (
            "stepwise-2026",
            '"dns" = "net.dns"',
            '"dns" = "net.dn"',
            "there is no skill `net.dn`. Did you mean `net.dns`?",
        ),
        ("stepwise-2026", '"dns" = "net.dns"', '"dns" = "rt.messaging"', '`rt.messaging` teaches "dns" but is not in'),
        ("stepwise-2026", 'skills = ["net.dns", ', 'skills = ["net.dns", "net.dns", ', "`net.dns` is listed 2 times;"),
        ("stepwise-2026", 'kind = "skill"', 'kind = "party"', "`steps[0].kind`: invalid enum value 'party'."),
        (
            "stepwise-2026",
            'skills = ["net.dns"',
            'skills = ["net.tls", "net.dns"',
            "`net.tls` requires `net.dns`, which stands",
        ),
        ("canonical", '"net.internet", ', "", "`net.internet` is missing: the canonical road holds every skill."),
        (
            "canonical",
            '"net.internet", ',
            '"rt.messaging", ',
            "`rt.messaging` requires `rt.websockets`, which no earlier step",
        ),
        ("canonical", "skills = [", 'topics = {"a" = "net.dns"}\nskills = [', "only published roads have topics."),
        ("canonical", "[[step]]", '[[step]]\ntitle = "Rest"\n[[step]]', '"Rest" holds neither skills nor labs.'),
    ],
)
def test_broken_roads(copy: Copy, road: str, old: str, new: str, sentence: str) -> None:
    copy.edit(f"roads/{road}.toml", old, new)
    assert any(sentence in said and said.startswith("roads") for said in copy.sentences())


def test_a_missing_road(copy: Copy) -> None:
    (copy.root / "roads/essentials-2026.toml").unlink()
    assert "roads/essentials-2026.toml: the road is missing." in copy.sentences()


def test_labs_that_do_not_exist_or_come_too_early(copy: Copy) -> None:
    assert any("there is no lab `shortener`." in said for said in copy.sentences(labs={}))
    said = copy.sentences(labs={"shortener": ("http.methods", "msg.kafka")})
    found = [sentence for sentence in said if "there is no lab" not in sentence]
    assert len(found) == 1
    assert found[0].endswith("the lab `shortener` requires msg.kafka, which no step up to here holds.")
