"""A learner's own roads: forked, written by hand, edited on a page, or read from a clone that the learner has."""
