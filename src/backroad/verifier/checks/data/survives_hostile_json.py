import json
from collections.abc import Callable

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("http.refuses_broken_json",))
async def run(bench: Bench) -> None:
    """JSON that is odd, deep or huge is answered below 500 and harms nobody.

    Such bodies are in every scanner's list. An exception nobody thought of becomes a 500, a dead worker, or a row that
    makes every later list fail.

    Fix: catch all errors of the parser (recursion and number limits too), check types before use, and refuse text
    that is no Unicode (half a surrogate pair).
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    path = collection.path
    for document in (None, True, 7, "text", [], [driver.draft()]):
        expect.problem(await person.client.post(path, json=document), 422)
    headers = {"Content-Type": "application/json"}
    for spoil in spoilers(collection.text):
        body = spoil(json.dumps(driver.draft(**{collection.text: "TEXT"})))
        expect.no_5xx(await person.client.post(path, headers=headers, body=body))
    expect.status(await person.client.get(path), 200)


def spoilers(text: str) -> list[Callable[[str], str]]:
    """Each turns a good body, in which the text is TEXT, into a hostile one."""
    values = (
        '"\\ud800"', '"\\u0000"', '{"$gt": ""}', '["a", {"b": null}]', "true", "-0", "1e999", "1" * 5000,
        "[" * 30_000 + "]" * 30_000, '{"a":' * 9_000 + "1" + "}" * 9_000,
    )  # fmt: skip
    return [
        *(lambda body, value=value: body.replace('"TEXT"', value) for value in values),
        lambda body: body.replace("{", '{"__proto__": {"admin": true}, ', 1),
        lambda body: body.replace("{", f'{{"{text}": 1, ', 1),
        lambda body: "[" * 60_000,
    ]
