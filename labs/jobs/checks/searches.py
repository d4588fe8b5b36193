from typing import Any

from backroad.verifier import Bench, check, expect


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """Everybody finds the open jobs that fit all filters, the newest first, and signs in a search are only signs.

    `%` and `_` stand for anything in LIKE. A search for "100%" that finds "1000" is odd; one for "%" that reads
    everything is slow.

    Fix: add a condition with a parameter for each filter that is given, escape % and _ and the escape sign itself, and
    join the conditions with AND.
    """
    driver = bench.driver
    person, place, word = await driver.person(), bench.word("Town "), bench.word("Skill")
    jobs: dict[str, dict[str, Any]] = {
        "a": {"title": f"{word} 100% remote", "remote": True, "salary": 50_000},
        "b": {"title": "Clerk", "description": f"Knows {word} 1000 times", "salary": 70_000},
        "c": {"title": f"{word}_ers", "salary": None, "remote": True},
        "d": {"title": "Something else"},
    }
    paths = {}
    for name, fields in jobs.items():
        paths[(await driver.create(person, place=place, **fields)).fields["id"]] = name
    for query, wanted in (
        ({}, "dcba"),
        ({"q": word}, "cba"),
        ({"q": word.upper()}, "cba"),
        ({"q": f"{word} 100%"}, "a"),
        ({"q": f"{word}_"}, "c"),
        ({"q": f"{word}!"}, ""),
        ({"q": f"{word}\\"}, ""),
        ({"remote": "true"}, "ca"),
        ({"remote": "false"}, "db"),
        ({"salary_from": 50_000}, "ba"),
        ({"salary_from": 50_001}, "b"),
        ({"q": word, "remote": "true", "salary_from": 1}, "a"),
        ({"place": place.upper()}, "dcba"),
        ({"place": place[:-1]}, ""),
    ):
        answer = await bench.client().get("/jobs", query={"place": place, **query})
        items = expect.field(expect.status(answer, 200), "items", type=list)
        got = "".join(paths.get(item.get("id"), "?") for item in items)
        expect.equal(got, wanted, what="the jobs found (of a, b, c and d)", answer=answer)
    for name, value in (("remote", "maybe"), ("salary_from", "much"), ("salary_from", "-1"), ("q", "")):
        driver.refused(await bench.client().get("/jobs", query={name: value}), name)
