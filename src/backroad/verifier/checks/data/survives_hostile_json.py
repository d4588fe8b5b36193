import json

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
    for body in hostile(json.dumps(driver.draft(**{collection.text: "TEXT"})), collection.text):
        expect.no_5xx(await person.client.post(path, headers=headers, body=body))
    expect.status(await person.client.get(path), 200)


def hostile(draft: str, text: str) -> list[str]:
    values = (
        '"\\ud800"', '"\\u0000"', '{"$gt": ""}', '["a", {"b": null}]', "true", "-0", "1e999", "1" * 5000,
        "[" * 30_000 + "]" * 30_000, '{"a":' * 9_000 + "1" + "}" * 9_000,
    )  # fmt: skip
    polluted = draft.replace("{", '{"__proto__": {"admin": true}, ', 1)
    doubled = draft.replace("{", f'{{"{text}": 1, ', 1)
    return [*(draft.replace('"TEXT"', value) for value in values), polluted, doubled, "[" * 60_000]
