"""Ids that sort by the time they were made."""

import secrets
import time


def new_id(prefix: str = "") -> str:
    """48 bits of milliseconds and 64 random bits, in hexadecimal: unique without asking the database."""
    return f"{prefix}{int(time.time() * 1000):012x}{secrets.token_hex(8)}"
