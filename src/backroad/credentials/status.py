"""Which credentials are revoked, as one compressed string of bits (W3C Bitstring Status List 1.0)."""

import base64
import gzip
import zlib
from collections.abc import Iterable

BITS = 131_072
"""At least so many, so that asking about one bit does not tell whom one asks about (section 6.1)."""


def encode(places: Iterable[int]) -> str:
    """The list in which these bits are set: gzip, base64url without padding, and `u` before it (multibase). Bit 0 is
    the leftmost of the first byte."""
    bits = bytearray(BITS // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> place % 8
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")


def is_set(encoded: str, place: int) -> bool:
    """Raises a ValueError for what is no such list."""
    if not encoded.startswith("u") or not 0 <= place < BITS:
        raise ValueError("no status list, or no place in it")
    packed = base64.urlsafe_b64decode(encoded[1:] + "=" * (-len(encoded[1:]) % 4))
    try:
        bits = zlib.decompressobj(wbits=31).decompress(packed, BITS // 8 + 1)  # bounded, whatever it unfolds to
    except zlib.error as error:
        raise ValueError("no status list") from error
    if len(bits) != BITS // 8:
        raise ValueError("a status list of another length")
    return bool(bits[place // 8] & 0x80 >> place % 8)
