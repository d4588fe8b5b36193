import re
from pathlib import Path

from backroad.verifier import Bench, check

CADDY = re.compile(r"(?m)^\s*reverse_proxy\b")
INGRESS = re.compile(r"(?ms)^kind:\s*(?:Ingress|Gateway)\b.*^\s*-?\s*tls:")


@check(control=True)
async def run(bench: Bench) -> None:
    """A reverse proxy in front ends TLS 1.2 or newer, bounds bodies and waiting, and says who asked.

    A server that speaks plain HTTP to the world gives every password to the café's network. And behind a proxy that
    forwards nothing, the log knows only one visitor.

    Fix: an nginx configuration (or a Caddyfile, or an Ingress with tls); each line of the finding names the rule in
    brackets, and backroad explain says what it wants.
    """
    if not any(map(ends_tls, candidates(bench.target.folder))):
        bench.driver.judge_files("an nginx configuration, a Caddyfile, or an Ingress with tls", "nginx_")


def candidates(folder: Path) -> list[Path]:
    """A bounded number of small files."""
    found = [path for name in ("Caddyfile", "**/Caddyfile", "**/*.yaml", "**/*.yml") for path in folder.glob(name)]
    return [path for path in found[:500] if path.is_file() and path.stat().st_size < 1 << 20]


def ends_tls(path: Path) -> bool:
    """Caddy does by itself; an Ingress or a Gateway where it says so."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return bool(CADDY.search(text) if path.name == "Caddyfile" else any(map(INGRESS.search, text.split("\n---"))))
