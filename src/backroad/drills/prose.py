"""How a text reads: sentences that a tired learner can follow, and standards that can be looked up."""

import re
import statistics
from collections.abc import Iterable, Iterator

from backroad.kit.markdown import Outline

MEAN_WORDS, MOST_WORDS = 20, 45
"""Of a sentence, as a mean over a lesson and at most."""
PROMPT_WORDS = 120
_END = re.compile(r"(?<=[.!?:;])\s+")
_RFC = re.compile(r"\bRFC (\d{3,5})\b")


def reading(parts: Outline) -> Iterator[tuple[int, str]]:
    """(line, sentence) of what is hard to read."""
    lengths = []
    for text, line in parts.paragraphs:
        for sentence in _END.split(text):
            words = len(sentence.split())
            lengths.append(words)
            if words > MOST_WORDS:
                yield line, f"a sentence has {words} words ({sentence[:40]!r} …); split it, {MOST_WORDS} are the most."
    if lengths and (mean := statistics.fmean(lengths)) > MEAN_WORDS:
        yield 0, f"the sentences have {mean:.0f} words on average; write shorter ones, {MEAN_WORDS} at most."


def uncited(texts: Iterable[str], parts: Outline) -> Iterator[str]:
    """Standards that the texts name and the lesson does not link."""
    linked = " ".join(link.href for link in parts.links).lower()
    for number in sorted({number for text in texts for number in _RFC.findall(text)}):
        if f"rfc{number}" not in linked:
            yield f"RFC {number} is named and not linked; add it to the lesson's `## Sources`."
