"""The shipped content: complete, without mistakes, and as published."""

import tomllib
from collections import Counter

import pytest

from backroad.curriculum import CANONICAL, LANGUAGES, Curriculum
from backroad.curriculum.lint import lint
from backroad.kit.paths import labs_dir

WITH_LESSONS = [
    "net.internet",
    "net.dns",
    "http.messages",
    "http.methods",
    "http.status-codes",
    "http.conditional-requests",
    "net.tls",
    "git.commits",
    "git.branches",
    "git.rebase",
    "git.conflicts",
    "cache.aside",
    "cache.invalidation",
    "sql.select",
    "sql.tables",
    "sql.joins",
    "sql.normalization",
    "sql.indexes",
    "sql.transactions",
    "sql.constraints",
    "api.resources",
    "api.pagination",
    "api.errors",
    "auth.password-hashing",
    "auth.sessions",
    "auth.jwt",
    "auth.authorization",
]
LABS_PROVE = [
    "sec.injection",
    "sec.ssrf",
    "sec.rate-limiting",
    "sec.input-validation",
    "ops.durability",
    "ops.graceful-shutdown",
    "arch.concurrency",
    "perf.latency",
]


def test_the_linter_finds_nothing() -> None:
    labs = {
        path.parent.name: tuple(tomllib.loads(path.read_text(encoding="utf-8"))["requires"])
        for path in labs_dir().glob("*/lab.toml")
    }
    assert [mistake.sentence for mistake in lint(labs=labs)] == []


def test_every_published_topic_is_taught(real: Curriculum) -> None:
    topics = {topic.title: topic for road in real.roads.values() for topic in road.topics}
    assert len(topics) == 244
    assert all(topic.skills for topic in topics.values())


def test_there_are_five_published_roads_and_the_canonical_one(real: Curriculum) -> None:
    assert list(real.roads) == [
        CANONICAL,
        "build-and-interview",
        "complete-guide",
        "essentials-2026",
        "language-agnostic",
        "stepwise-2026",
    ]
    steps = {road.id: len(road.steps) for road in real.roads.values() if road.source}
    assert steps == {
        "stepwise-2026": 14,
        "language-agnostic": 6,
        "essentials-2026": 8,
        "complete-guide": 12,
        "build-and-interview": 14,
    }


def test_published_facts_are_kept(real: Curriculum) -> None:
    stepwise = real.road("stepwise-2026")
    assert (stepwise.months, stepwise.level) == (8, "intermediate")
    assert [step.title for step in stepwise.steps if step.kind == "project"] == [
        "Build a REST API",
        "Deploy a production app (capstone)",
    ]
    phases = real.road("language-agnostic")
    assert [step.weeks for step in phases.steps] == [(6, 8), (6, 8), (8, 10), (6, 8), (8, 10), (6, 8)]
    projects = real.road("build-and-interview")
    assert [step.title for step in projects.steps if step.optional] == [
        "Docker and Kubernetes",
        "Serverless and real-time",
    ]
    assert Counter(project.level for project in projects.projects) == {"beginner": 3, "intermediate": 3, "advanced": 3}
    assert len(projects.interview) == 5
    assert len(real.road("essentials-2026").product_features) == 5


@pytest.mark.parametrize(
    ("road", "step", "topic", "skill"),
    [
        ("stepwise-2026", "Internet & HTTP fundamentals", "status codes", "http.status-codes"),
        ("stepwise-2026", "Build a REST API", "error handling", "api.errors"),
        ("language-agnostic", "Programming foundations", "error handling", "lang.errors"),
        ("complete-guide", "Frontend basics", "javascript", "front.pages"),
        ("complete-guide", "A language and its quirks", "javascript", "lang.javascript"),
        ("build-and-interview", "Microservices and message queues", "kafka", "msg.kafka"),
    ],
)
def test_a_topic_leads_to_the_skill_that_teaches_it(
    real: Curriculum, road: str, step: str, topic: str, skill: str
) -> None:
    chosen = next(one for one in real.road(road).steps if one.title == step)
    assert next(one for one in chosen.topics if one.title == topic).skills == (skill,)


def test_topics_split_inside_parentheses_are_shown_whole(real: Curriculum) -> None:
    labels = {topic.title: topic.label for topic in real.road("build-and-interview").topics}
    assert labels["oauth (google"] == "oauth (google)"
    assert labels["facebook login)"] == "facebook login"
    assert labels["jwt"] == "jwt"
    every = [topic.label for road in real.roads.values() for topic in road.topics]
    assert all(label.count("(") == label.count(")") for label in every)


def test_the_named_skills_exist(real: Curriculum) -> None:
    assert set(WITH_LESSONS) | set(LABS_PROVE) <= set(real.skills)
    assert len(WITH_LESSONS) == 27
    assert len(real.skills) >= 115


def test_the_canonical_road_holds_every_skill_once_in_order(real: Curriculum) -> None:
    skills = real.road(CANONICAL).skills
    assert sorted(skills) == sorted(real.skills)
    place = {skill: number for number, skill in enumerate(skills)}
    for skill in real.skills.values():
        assert all(place[needed] < place[skill.id] for needed in skill.requires)
    assert real.order == skills


def test_a_hundred_published_resources_in_twenty_groups(real: Curriculum) -> None:
    sizes = Counter(resource.group for resource in real.resources if resource.group != "manual")
    assert len(sizes) == 20
    assert set(sizes.values()) == {5}


def test_every_language_has_its_skills(real: Curriculum) -> None:
    for track in LANGUAGES:
        own = {skill.area for skill in real.skills.values() if track in skill.tracks}
        assert own == {"lang", "web"}
