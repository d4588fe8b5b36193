"""Many small random processes at once: lane k is bit k of an integer, and one operation moves all lanes.

A chance that depends on the lane is given as classes: (mask of lanes, their chance). Classes do not overlap.
"""

from collections.abc import Iterable
from random import Random

LANES = 1024
ALL = (1 << LANES) - 1
_BITS = 8
"""Chances are rounded to multiples of 1/256."""

Classes = Iterable[tuple[int, float]]
Copy = tuple[int, int]
"""(distance, mask): the lanes of the mask take the value of the lane so far above them."""


def draw(rng: Random, classes: Classes) -> int:
    """The lanes that come up, each with the chance of its class; a lane in no class never does."""
    always, planes = 0, [0] * _BITS
    for mask, chance in classes:
        scaled = round(chance * (1 << _BITS))
        if scaled >= 1 << _BITS:
            always |= mask
            continue
        for place in range(_BITS):
            if scaled >> place & 1:
                planes[place] |= mask
    drawn = 0
    for plane in planes:  # from the last binary digit of the chance to the first
        coin = rng.getrandbits(LANES)
        drawn = (drawn & coin) | (plane & (drawn | coin))
    return always | drawn


def share(mask: int) -> float:
    return mask.bit_count() / LANES


def refill(rng: Random, alive: int) -> list[Copy]:
    """Copies that replace every lane that is not alive by one that is, in their order; at least one must be alive."""
    copies, missing = [], ALL ^ alive
    while missing:
        distance = rng.randrange(1, LANES)
        taken = missing & _turned(ALL ^ missing, distance)
        if taken:
            copies.append((distance, taken))
            missing ^= taken
    return copies


def copied(row: int, copies: Iterable[Copy]) -> int:
    for distance, mask in copies:
        row = (row & ~mask) | (_turned(row, distance) & mask)
    return row


def _turned(row: int, distance: int) -> int:
    return ((row >> distance) | (row << (LANES - distance))) & ALL


def counted(rows: Iterable[tuple[int, ...]]) -> dict[tuple[int, ...], int]:
    """(how many rows have a lane in their first mask, in their second, …) -> lanes. Masks of a row do not overlap."""
    classes: dict[tuple[int, ...], int] = {}
    for row in rows:
        split: dict[tuple[int, ...], int] = {}
        for counts, lanes in (classes or {(0,) * len(row): ALL}).items():
            rest = lanes
            for place, mask in enumerate(row):
                _add(split, (*counts[:place], counts[place] + 1, *counts[place + 1 :]), lanes & mask)
                rest &= ~mask
            _add(split, counts, rest)
        classes = split
    return classes


def _add(classes: dict[tuple[int, ...], int], counts: tuple[int, ...], lanes: int) -> None:
    if lanes:
        classes[counts] = classes.get(counts, 0) | lanes
