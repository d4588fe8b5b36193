"""Evidence and what follows from it: standing, reviews, streaks and pace."""

from backroad.progress.model import Card, Evidence, Facts, Level, NewEvidence, Outcome, Standing

__all__ = ["Card", "Evidence", "Facts", "Level", "NewEvidence", "Outcome", "Standing"]
