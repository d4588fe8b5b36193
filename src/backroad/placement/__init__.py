"""Placement: a short adaptive test that says what a learner probably knows already."""
