import itertools
import math

from backroad.verifier import Bench, check, expect

MADE = 40
CHARACTERS = 6


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """Slugs that the server picks are long and random: one does not give away the next.

    Counting up in base 62 is short and pretty, and lets anybody walk through every link of every owner.

    Fix: take at least six letters and digits from a secure random source (secrets, crypto.randomInt, crypto/rand).
    """
    driver = bench.driver
    person = await driver.person()
    slugs = [(await driver.create(person, alias=...)).fields["slug"] for _ in range(MADE)]
    short = [slug for slug in slugs if len(slug) < CHARACTERS]
    expect.that(not short, expected=f"slugs of at least {CHARACTERS} characters", got=f"{len(short)} shorter ones")
    shared = [at for at in range(CHARACTERS) if len({slug[at] for slug in slugs}) == 1]
    got = f"{MADE} slugs with the same characters in {len(shared)} places"
    expect.that(len(shared) < 2, expected="slugs that differ from one another", got=got)
    sorted_pairs = sum(one < two for one, two in itertools.pairwise(slugs))
    # Of 39 random neighbours 19.5 are in order, give or take 1.8: 33 or more is one chance in 10 to the 13.
    far = abs(sorted_pairs - (MADE - 1) / 2) < 7.5 * math.sqrt((MADE + 1) / 12)
    got = f"{sorted_pairs} of {MADE - 1} slugs sort after the one before"
    expect.that(far, expected="slugs in no order", got=got)
