import email.utils
import time

from backroad.verifier import Bench, check, expect


@check(needs=("rest-api.keeps_the_old_version",))
async def run(bench: Bench) -> None:
    """Answers of version 1 say that it is out of date, when it ends, and where version 2 is; those of version 2 do not.

    An announcement by mail reaches the people who left. A header reaches the program that still calls, and whoever
    watches its log.

    Fix: on each answer of /v1 send `Deprecation: @<seconds since 1970>`, `Sunset: <HTTP date>` in the future, and
    `Link: </v2/tasks/{id}>; rel="successor-version"`.
    """
    driver = bench.driver
    person = await driver.person()
    task = await driver.task(person, await driver.create(person))
    old = task.path.replace("/v2/", "/v1/")
    answers = [await person.client.get(old), await person.client.patch(old, json={"done": True})]
    for answer in answers:
        expect.status(answer, 200)
        since = expect.header(answer, "Deprecation", matches=r"^@\d{9,11}$")
        expect.that(int(since[1:]) < time.time(), expected="a Deprecation in the past", got=since, answer=answer)
        sunset = expect.header(answer, "Sunset", matches=r"^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$")
        ends = email.utils.parsedate_to_datetime(sunset).timestamp()
        expect.that(ends > time.time(), expected="a Sunset in the future", got=sunset, answer=answer)
        expect.header(answer, "Link", matches=rf'<([^>]*://[^>/]+)?{task.path}>\s*;[^,]*rel="?successor-version"?')
    fresh = expect.status(await person.client.get(task.path), 200)
    for name in ("Deprecation", "Sunset"):
        expect.header(fresh, name, present=False)
