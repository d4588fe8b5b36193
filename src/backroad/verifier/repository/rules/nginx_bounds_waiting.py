from backroad.verifier.repository.folder import Folder
from backroad.verifier.repository.nginx import Directive, nginx_files, seconds_of
from backroad.verifier.repository.rule_file import rule
from backroad.verifier.repository.sight import Sight
from backroad.verifier.wording import seconds

LONGEST = {
    "client_header_timeout": 60, "client_body_timeout": 120, "send_timeout": 300, "keepalive_timeout": 650,
    "proxy_connect_timeout": 75, "proxy_read_timeout": 300, "proxy_send_timeout": 300, "fastcgi_read_timeout": 300,
    "uwsgi_read_timeout": 300, "grpc_read_timeout": 300,
}  # fmt: skip


@rule
def run(folder: Folder) -> list[Sight]:
    """nginx waits neither for clients nor for backends without an end.

    Each wait holds a connection. A backend that hangs, or clients that send a byte a minute, then use up all of them,
    and a slow part becomes an outage of the whole.

    Fix: keep the defaults (60 seconds) or go below them; long waits only in the location of a WebSocket or an event
    stream.
    """
    return [
        Sight(
            one.path, one.line, f"{one.name} of at most {seconds(LONGEST[one.name])}",
            f"{one.name} {' '.join(one.args)}",
        )
        for file in nginx_files(folder)
        for one in file.walk()
        if one.name in LONGEST and too_long(one) and not streams(one)
    ]  # fmt: skip


def too_long(one: Directive) -> bool:
    given = seconds_of(one.args[0]) if one.args else None
    return given is not None and given > LONGEST[one.name]


def streams(one: Directive) -> bool:
    """In a location for WebSockets or events, where silence is normal."""
    block = one.parent
    if block is None or block.name != "location":
        return False
    upgraded = any(header.args[:1] == ["Upgrade"] for header in block.own("proxy_set_header"))
    return upgraded or any(buffering.args == ["off"] for buffering in block.own("proxy_buffering"))
