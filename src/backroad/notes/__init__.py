"""Markdown that a learner attaches to a skill, lab, drill or day, with search over all of it."""
