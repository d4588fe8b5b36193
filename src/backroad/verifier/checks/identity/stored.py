"""No check: what may lie in a server's files for a password, and what it says of how the password is kept."""

import base64
import contextlib
import hashlib
import re
from pathlib import Path

FAST = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "sha3_256", "sha3_512", "blake2b", "blake2s")
SLOW = re.compile(
    rb"\$argon2(?:id|i|d)\$v=\d+\$m=(?P<memory>\d+),t=(?P<passes>\d+),p=\d+\$[\w+/=]+\$[\w+/=]+"
    rb"|\$2[abxy]\$(?P<cost>\d\d)\$[./\w]{53}"
    rb"|(?:\$scrypt\$|scrypt:)[\w$:,=./+-]{40,}"
    rb"|(?:\$pbkdf2-?|pbkdf2[_:])sha\d+[$:](?:i=)?(?P<rounds>\d+)[$:][\w$./+=-]{20,}"
)
MEMORY, COST, ROUNDS = 15_000, 10, 100_000  # KiB times passes of argon2; of bcrypt; of PBKDF2


def salt_of(stored: bytes) -> bytes:
    """bcrypt writes 22 characters of salt and the hash behind them; the others end in salt and hash."""
    return stored[7:29] if stored.startswith(b"$2") else re.split(rb"[$:]", stored)[-2]


def strong(match: re.Match[bytes]) -> bool:
    parts = {name: int(value) for name, value in match.groupdict().items() if value is not None}
    if "memory" in parts:
        return parts["memory"] * parts["passes"] >= MEMORY
    return parts.get("cost", COST) >= COST and parts.get("rounds", ROUNDS) >= ROUNDS


def cost_of(match: re.Match[bytes]) -> str:
    """The hash up to its numbers."""
    ends = [match.end(name) - match.start() for name, value in match.groupdict().items() if value is not None]
    return match[0][: max(ends, default=8)].decode()


def fast_forms(password: str, email: str) -> list[tuple[str, bytes]]:
    """What it is, and how it would lie in a file."""
    forms = [("the password itself", password.encode()), ("its Base64", base64.b64encode(password.encode()))]
    salted = {"": password, ", the address as salt": password + email, ", the address first as salt": email + password}
    for name in FAST:
        for how, text in salted.items():
            digest = hashlib.new(name, text.encode()).digest()
            spelt = (digest, digest.hex().encode(), digest.hex().upper().encode(), base64.b64encode(digest))
            forms += [(f"its {name}{how}", form) for form in spelt]
    return forms


def all_that_is_in(folder: Path | None) -> bytes:
    found = []
    for path in sorted(folder.rglob("*")) if folder else []:
        with contextlib.suppress(OSError):  # gone meanwhile, or a folder
            found.append(path.read_bytes())
    return b"\n".join(found)
