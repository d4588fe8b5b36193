"""Supervised grading: folders that learners hand in are judged by workers, contained, and become evidence."""
