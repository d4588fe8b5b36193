import json

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

REFUSED = ("text/plain", "application/x-www-form-urlencoded", "application/jsonp", "application/xml", None)
ACCEPTED = ("application/json; charset=utf-8", "Application/JSON")


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """Only bodies sent as JSON are read as JSON; others are answered 415.

    A web page of anybody may make a browser send text/plain or a form to your API with the visitor's cookies. Only for
    application/json does the browser ask you first.

    Fix: compare the media type, without its parameters and ignoring case, with application/json; answer 415 otherwise.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    path = driver.collection.path
    for kind in REFUSED:
        body = json.dumps(driver.draft())
        expect.problem(await person.client.post(path, headers={"Content-Type": kind}, body=body), 415)
    for kind in ACCEPTED:
        body = json.dumps(driver.draft())
        expect.status(await person.client.post(path, headers={"Content-Type": kind}, body=body), 201)
