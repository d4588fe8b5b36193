"""Everything of one learner as one file: export and import of the whole account."""
