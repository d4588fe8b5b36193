"""The memory of a learner: what their cards are made by, and making them anew when that has changed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection

from backroad.accounts import store as accounts
from backroad.accounts.model import RETENTION, REVIEWS_A_DAY
from backroad.progress import fit, reviews, store
from backroad.progress.model import Card, Evidence, Memory

LEECH_LAPSES = 4
LEARNED_AFTER_ALL = 21.0
"""Days of stability from which a drill that was often forgotten is remembered."""


def memory_of(tx: Connection, learner: str) -> Memory:
    """As it is now: the cards follow a retention that was changed in the settings at the next look."""
    known, wanted = store.memory(tx, learner), _retention(tx, learner)
    if known is None and not store.cards(tx, learner, limit=1):
        return made_from((), wanted)
    if known is None or known.retention != wanted:
        return renew(tx, learner)
    return known


def made_from(ledger: Sequence[Evidence], retention: int) -> Memory:
    """What follows from evidence in its order."""
    scale = fit.scale_of(fit.samples_of(ledger))
    gaps = Memory().gaps if (retention, scale) == (RETENTION, 1.0) else reviews.gaps_of(retention, scale)
    return Memory(retention=retention, scale=scale, reviews=sum(map(fit.is_review, ledger)), gaps=gaps)


def begin(tx: Connection, learner: str, ledger: Sequence[Evidence]) -> Memory:
    """Make it anew, without the cards."""
    memory = made_from(ledger, _retention(tx, learner))
    store.put_memory(tx, learner, memory)
    return memory


def renew(tx: Connection, learner: str) -> Memory:
    """Make it and all cards anew, and with them what standings know of memory."""
    ledger = store.ledger(tx, learner)
    memory = begin(tx, learner, ledger)
    answers: dict[tuple[str, str], list[Evidence]] = defaultdict(list)
    for item in ledger:
        if item.source in reviews.SPACED:
            answers[item.skill, item.ref].append(item)
    cards: dict[str, list[Card]] = defaultdict(list)
    for (skill, _), given in answers.items():
        card = reviews.card_of(given, memory) if skill else None
        if card is not None:
            store.put_card(tx, learner, card)
            cards[skill].append(card)
    for standing, _ in store.standings(tx, learner):
        of_skill = sorted(cards[standing.skill], key=lambda card: (card.due, card.skill, card.ref))
        store.put_standing(tx, learner, standing, [(card.stability, card.last_at) for card in of_skill])
    return memory


def count(tx: Connection, learner: str, memory: Memory, fresh: Iterable[Evidence]) -> None:
    """Note new reviews; where there are enough for another fit, make everything anew."""
    added = sum(map(fit.is_review, fresh))
    if fit.fit_at(memory.reviews + added) > fit.fit_at(memory.reviews):
        renew(tx, learner)
        return
    counted = Memory(retention=memory.retention, scale=memory.scale, reviews=memory.reviews + added, gaps=memory.gaps)
    store.put_memory(tx, learner, counted)


def room_for_reviews(tx: Connection, learner: str, today: date) -> tuple[int, int]:
    """How many reviews the day still takes, and how many each day after it."""
    found = accounts.read(tx, learner)
    most = found.reviews_a_day if found else REVIEWS_A_DAY
    return max(0, most - store.reviewed_on(tx, learner, today)), most


def leeches(tx: Connection, learner: str) -> list[Card]:
    """Drills that are forgotten again and again, most often first."""
    stuck = store.cards(tx, learner, store.c.lapses >= LEECH_LAPSES, store.c.stability < LEARNED_AFTER_ALL)
    return sorted(stuck, key=lambda card: (-card.lapses, card.skill, card.ref))


def _retention(tx: Connection, learner: str) -> int:
    found = accounts.read(tx, learner)
    return found.retention if found else RETENTION
