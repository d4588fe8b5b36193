"""Passwords are hashed with argon2id, on threads: a hash takes tens of milliseconds of a processor."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # 19 MiB: the least that OWASP advises
nobody = hasher.hash("nobody has this password")  # compared with when there is no account, to take the same time
threads = ThreadPoolExecutor(2, "passwords")  # and no more at once, or logins would take all of the memory


async def hash_password(password: str) -> str:
    return await asyncio.get_running_loop().run_in_executor(threads, hasher.hash, password)


async def verify_password(password_hash: str | None, password: str) -> bool:
    """Takes as long for an account that is not there, or has no password."""
    known = password_hash or nobody
    right = await asyncio.get_running_loop().run_in_executor(threads, _verify, known, password)
    return right and password_hash is not None


def _verify(password_hash: str, password: str) -> bool:
    try:
        return hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
