"""Histories of concurrent operations, and judges that say whether a correct target can have produced them.

A judge is a pure function. It fails a history only if no choice of what the operations with unknown outcome did can
explain it, and says `unclear` where the history does not hold enough to tell; each says when.
"""

from backroad.verifier.histories.counter import counter
from backroad.verifier.histories.history import History, Operation, Outcome, outcome_of
from backroad.verifier.histories.judgement import Judgement
from backroad.verifier.histories.ledger import ledger
from backroad.verifier.histories.linearize import IMPOSSIBLE, linearizable
from backroad.verifier.histories.lost_update import lost_update
from backroad.verifier.histories.message_order import message_order
from backroad.verifier.histories.queue import queue
from backroad.verifier.histories.register import register
from backroad.verifier.histories.session import monotonic_reads, read_your_writes
from backroad.verifier.histories.stock import stock
from backroad.verifier.histories.unique_claim import unique_claim

__all__ = [
    "IMPOSSIBLE", "History", "Judgement", "Operation", "Outcome", "counter", "ledger", "linearizable", "lost_update",
    "message_order", "monotonic_reads", "outcome_of", "queue", "read_your_writes", "register", "stock", "unique_claim",
]  # fmt: skip
