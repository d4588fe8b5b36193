"""What may be the name of a city, and when two names mean one."""

import re
import unicodedata

LENGTH = 80
MARKS = frozenset(" .'’&(),!-")  # St. John's, Brighton & Hove, Saint-Louis-du-Ha! Ha!


class Invalid(Exception):
    """What is wrong with the name."""


def judge(name: str) -> str:
    """The name in its normal form: composed, without blanks around it, one blank between words."""
    city = re.sub(" +", " ", unicodedata.normalize("NFC", name)).strip(" ")
    if not 1 <= len(city) <= LENGTH:
        raise Invalid(f"must be 1 to {LENGTH} characters")
    if not city[0].isalpha() or not all(map(_fits, city)):
        raise Invalid("must begin with a letter, and hold nothing but letters, digits, blanks and . ' ’ & ( ) , ! -")
    return city


def key(city: str) -> str:
    """The same for Oslo and OSLO."""
    return city.casefold()


def _fits(char: str) -> bool:
    return char in MARKS or unicodedata.category(char)[0] in "LM" or char.isdecimal()
