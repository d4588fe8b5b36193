"""What pages of several features show of progress, as plain dicts for the templates."""

from collections.abc import Iterable
from typing import Any

from backroad.curriculum import Curriculum
from backroad.progress.model import Card


def leeches_view(cards: Iterable[Card], curriculum: Curriculum) -> list[dict[str, Any]]:
    """For `progress/leeches.html`."""
    return [
        {
            "ref": card.ref,
            "skill": card.skill,
            "title": curriculum.skills[card.skill].title if card.skill in curriculum.skills else card.skill,
            "name": card.ref.rpartition("/")[2].replace("-", " "),
            "lapses": card.lapses,
            "known": card.skill in curriculum.skills,
        }
        for card in cards
    ]
