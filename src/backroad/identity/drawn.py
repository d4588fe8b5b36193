"""Secrets that are drawn for programs, in a form that scanners of repositories find.

`bkr_`, 40 letters and digits (238 bits), and six more that are their checksum: who finds such a word anywhere knows
without asking us that it is a token, and a mistyped one is refused without asking the database.
"""

import secrets
import string
import zlib

TOKEN, REFRESH, DEVICE, CODE = "bkr", "bkrr", "bkrd", "bkrc"
"""Of a personal access token, a refresh token, a device code, and an authorization code."""
LETTERS = string.digits + string.ascii_uppercase + string.ascii_lowercase
LENGTH, CHECK = 40, 6


def draw(prefix: str) -> str:
    body = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return f"{prefix}_{body}{_checksum(prefix, body)}"


def is_sound(text: str, prefix: str) -> bool:
    """Whether it was drawn by this form; whether anybody was given it is another question."""
    given, _, rest = text.partition("_")
    body = rest[:LENGTH]
    return given == prefix and len(rest) == LENGTH + CHECK and rest[LENGTH:] == _checksum(prefix, body)


def _checksum(prefix: str, body: str) -> str:
    """CRC-32 to the base 62, six digits."""
    number, digits = zlib.crc32(f"{prefix}_{body}".encode()), ""
    for _ in range(CHECK):
        number, place = divmod(number, len(LETTERS))
        digits = LETTERS[place] + digits
    return digits
