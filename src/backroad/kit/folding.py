"""Letters without their marks, so that a search for "cafe" finds "café": FTS5 does it itself, PostgreSQL is helped."""

import unicodedata


def fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def marked_letters() -> tuple[str, str]:
    """Each small letter with marks up to U+1EFF, and below it, at the same place, the letter without."""
    pairs = [(letter, fold(letter)) for letter in map(chr, range(0xC0, 0x1F00)) if letter.islower()]
    chosen = [(letter, plain) for letter, plain in pairs if plain != letter and len(plain) == 1]
    return "".join(letter for letter, _ in chosen), "".join(plain for _, plain in chosen)
