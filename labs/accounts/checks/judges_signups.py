from typing import Any

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

ADDRESSES: tuple[Any, ...] = (
    "", "pat", "pat@", "@example.test", "pat@example", "a b@example.test", "pat@example.test,eve@example.test",
    "pat@example.test\r\nBcc: eve@example.test", "pat@example.test\n", "Pat <pat@example.test>",
    "x" * 250 + "@example.test", None, 7, ["pat@example.test"], {"$gt": ""},
)  # fmt: skip
PASSWORDS: tuple[Any, ...] = ("", "short", "elevenchars", "x" * 201, None, 123456789012, ["a long password"])
NAMES: tuple[Any, ...] = ("", "x" * 101, "two\nlines", "a bell\a", None, 7)
BROKEN = (b"", b"{", b"{'a': 1}", b'{"a": "\xff"}')


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """A signup is judged: every wrong field is named, addresses hold no line breaks, bodies are JSON and small.

    The address goes into the header of a mail. With a line break in it whoever signs up writes further headers, and
    your server sends their mail.

    Fix: one rule for each field, in one place; allow what an address may consist of instead of removing what it may
    not. 400 for what cannot be read, 415 for other media types, 413 over 64 KiB, 422 for the rest.
    """
    driver: Accounts = bench.driver
    client = bench.client()
    good = {"email": driver.new().email, "password": "a long password", "name": "Pat"}
    for field, values in (("email", ADDRESSES), ("password", PASSWORDS), ("name", NAMES)):
        for value in values:
            driver.refused(await client.post("/accounts", json={**good, field: value}), field)
    driver.refused(await client.post("/accounts", json={}), "email", "password", "name")
    driver.refused(await client.post("/accounts", json={**good, "colour": "red"}), "colour")
    for document in (None, [], "text", 7):
        expect.problem(await client.post("/accounts", json=document), 422)
    headers = {"Content-Type": "application/json"}
    for body in BROKEN:
        expect.problem(await client.post("/accounts", headers=headers, body=body), 400)
    expect.problem(await client.post("/accounts", headers={"Content-Type": "text/plain"}, body=b"{}"), 415)
    expect.problem(await client.post("/accounts", headers=headers, body=b"{" + b" " * 65_536), 413)
