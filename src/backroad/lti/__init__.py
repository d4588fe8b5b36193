"""Backroad as a tool of a learning platform (LTI 1.3): launched from a course, and giving grades back to it."""
