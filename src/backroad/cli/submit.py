"""`backroad submit`: hands a folder in to a server, and waits for what it says."""

import os
import time
from pathlib import Path
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter

from backroad.cli import connection
from backroad.cli.learn import AsJson
from backroad.cli.output import print_json
from backroad.kit.errors import Problem
from backroad.kit.say import plural

LOOK = 2.0
"""Seconds between two questions how far it is."""
UPLOAD = 120.0
ENDED = ("graded", "broken", "cancelled")


class Login(msgspec.Struct, frozen=True):
    server: str
    token: str


def submit(
    folder: Annotated[Path, Parameter(help="The folder with backroad.toml.")] = Path(),
    *,
    lab: Annotated[str, Parameter(help="Which lab, where backroad.toml does not say.")] = "",
    wait: Annotated[bool, Parameter(help="Stay until it is graded.")] = True,
    cancel: Annotated[str | None, Parameter(help="Instead: cancel the submission with this id.")] = None,
    as_json: AsJson = False,
) -> int:
    """Hand a folder in to be graded under supervision. Exit code 0: all passed, 1: something failed, 2: not judged."""
    with _Server(login()) as server:
        if cancel is not None:
            server.ask("DELETE", f"/submissions/{cancel}")
            print("It is cancelled.")
            return 0
        from backroad.grading.packing import pack

        packed = pack(folder)
        if not as_json:
            print(f"{plural(len(packed.files), 'file')}, {max(1, len(packed.data) >> 10)} KiB, to {server.address}")
        query = {"name": folder.resolve().name, **({"lab": lab} if lab else {})}
        item = server.ask("POST", "/submissions", params=query, content=packed.data)
        if wait:
            item = _followed(server, item, quiet=as_json)
        return _told(server, item, as_json)


def login() -> Login:
    """Where to, and as whom: BACKROAD_SERVER and BACKROAD_TOKEN, else what `backroad login` has kept."""
    server, token = os.environ.get("BACKROAD_SERVER", ""), os.environ.get("BACKROAD_TOKEN", "")
    found = None if server and token else connection.read()
    address = (server or (found.server if found else "")).rstrip("/")
    if not address:
        raise Problem(
            "It is not said which server this is handed in to.",
            "Sign in once with backroad login URL, or set BACKROAD_SERVER and BACKROAD_TOKEN.",
        )
    # A token goes to the server that it is from, and to no other one.
    if not token and found and found.server == address:
        token = connection.fresh(found).token
    return Login(address, token)


class _Server:
    """The REST API of a server, with errors in words."""

    def __init__(self, who: Login) -> None:
        import httpx2

        if not who.server.startswith(("https://", "http://")):
            raise Problem(f"{who.server[:80]!r} is no URL of a server.", "Write it as https://learn.example.org.")
        self.address = who.server
        auth = connection.bearer(who.server, who.token)
        self.client = httpx2.Client(base_url=f"{who.server}/api/v1", auth=auth, timeout=UPLOAD)
        self._errors = httpx2.HTTPError

    def __enter__(self) -> "_Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        if "content" in more:
            more["headers"] = {"content-type": "application/gzip"}
        try:
            answer = self.client.request(method, path, **more)
        except self._errors as error:
            raise Problem(
                f"{self.address} cannot be reached ({error or type(error).__name__}).",
                "Check the address and your connection. The same folder, handed in again, is graded once.",
            ) from None
        if answer.status_code == 401:
            raise Problem(f"{self.address} does not know you.", "Sign in again: backroad login URL.")
        try:
            found = msgspec.json.decode(answer.content) if answer.content else {}
        except msgspec.DecodeError:
            found = None
        if not isinstance(found, dict):
            raise Problem(f"{self.address} does not answer like a Backroad.", "Check the address.")
        if answer.status_code >= 400:
            said = str(found.get("detail") or f"The server answered {answer.status_code}.")
            raise Problem(said, str(found.get("hint") or ""))
        return found


def _followed(server: _Server, item: dict[str, Any], *, quiet: bool) -> dict[str, Any]:
    from backroad.grading.estimate import say_place
    from backroad.grading.model import Place

    said = ""
    while item["state"] not in ENDED:
        place = msgspec.convert(item["place"], Place) if item["place"] else None
        now = say_place(place) if place else item["state"]
        if item["run"]:
            now += f"; live at {server.address}/runs/{item['run']}"
        if now != said and not quiet:
            print(now, flush=True)
        said = now
        time.sleep(LOOK)
        item = server.ask("GET", f"/submissions/{item['id']}")
    return item


def _told(server: _Server, item: dict[str, Any], as_json: bool) -> int:
    run = server.ask("GET", f"/runs/{item['run']}") if item["run"] and item["state"] == "graded" else None
    summary = run["summary"] if run else {}
    if as_json:
        print_json({**item, "summary": summary})
    elif item["state"] == "graded":
        counts = [f"{summary[name]} {name.replace('_', ' ')}" for name in ("passed", "failed", "unclear", "not_run")]
        print(f"{', '.join(counts)}\n{server.address}/runs/{item['run']}")
    elif item["state"] in ENDED:
        print(item["said"] or f"It was {item['state']}.")
    else:
        print(f"Handed in as {item['id']}; its state is at {server.address}/submissions")
    if item["state"] != "graded":
        return 2 if item["state"] in ENDED else 0
    return 1 if summary["failed"] else 2 if summary["unclear"] or not summary["passed"] else 0
