"""Frames as bytes, right and wrong ones, and as lines of a transcript."""

import re
import struct

from websockets.frames import Opcode
from websockets.utils import apply_mask

from backroad.verifier.masking import MASK
from backroad.verifier.wording import clean, excerpt, excerpt_bytes

LINE = 600  # bytes of a frame that are looked at for its line
MASKING_KEY = b"\x37\xfa\x21\x3d"  # any will do: it hides nothing, it only keeps proxies from mistaking frames for HTTP
SECRET_MEMBER = re.compile(r'("(?:\w*token|ticket|password|secret|\w*key)"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)
SECRET_QUERY = re.compile(r"\b((?:\w*token|ticket|password|secret|\w*key)=)[^&\s]+", re.IGNORECASE)

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = (
    int(code) for code in (Opcode.CONT, Opcode.TEXT, Opcode.BINARY, Opcode.CLOSE, Opcode.PING, Opcode.PONG)
)
NAMES = {CONTINUATION: "continuation", TEXT: "text", BINARY: "binary", CLOSE: "close", PING: "ping", PONG: "pong"}


def frame(
    opcode: int, data: bytes = b"", *, fin: bool = True, masked: bool = True, reserved: int = 0,
    announced: int | None = None,
) -> bytes:  # fmt: skip
    """One frame as a client writes it; `reserved` bits, a missing mask or another `announced` length make it wrong."""
    length = len(data) if announced is None else announced
    first = (fin << 7) | (reserved << 4) | opcode
    mask = masked << 7
    if length < 126:
        head = struct.pack("!BB", first, mask | length)
    elif length < 1 << 16:
        head = struct.pack("!BBH", first, mask | 126, length)
    else:
        head = struct.pack("!BBQ", first, mask | 127, length)
    return head + MASKING_KEY + bytes(apply_mask(data, MASKING_KEY)) if masked else head + data


def without_secrets(text: str) -> str:
    return SECRET_QUERY.sub(rf"\g<1>{MASK}", SECRET_MEMBER.sub(rf'\g<1>"{MASK}"', text))


def frame_line(lane: int, arrow: str, opcode: int, data: bytes, size: int) -> str:
    """`#3 > {"type": "send", …}`, `#3 < close 1001 going away`."""
    if opcode in (TEXT, CONTINUATION):
        shown = clean(excerpt(without_secrets(data[:LINE].decode(errors="replace")), 300))
    elif opcode == CLOSE:
        shown = close_words(*close_parts(data))
    else:
        shown = f"{NAMES.get(opcode, f'opcode {opcode}')} {excerpt_bytes(data)}"
    return f"#{lane} {arrow} {shown}" + (f" ({size} bytes)" if size > LINE else "")


def close_parts(data: bytes) -> tuple[int | None, str]:
    if len(data) < 2:
        return None, ""
    return int.from_bytes(data[:2], "big"), data[2:].decode(errors="replace")


def close_words(code: int | None, reason: str) -> str:
    shown = excerpt(without_secrets(reason), 80)
    return f"close {code if code is not None else 'without a code'}" + (f" ({shown})" if shown else "")
