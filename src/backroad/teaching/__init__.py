"""What instructors see of their cohorts and do there, and what learners see of them: over REST, as pages, as CSV."""
