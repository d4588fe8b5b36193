"""Signed records of proven skills, as Open Badges 3.0 that anybody can check."""
