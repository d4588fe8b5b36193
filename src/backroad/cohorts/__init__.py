"""Cohorts: who learns with whom, what is assigned by when, and what instructors say of runs and skills."""
