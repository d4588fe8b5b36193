"""The road itself: the list and map of skills, and the page of one skill with everything that hangs on it."""
