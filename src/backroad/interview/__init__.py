"""Interview: a mock interview, mixed and on the clock, graded by the learner when it is over."""
