"""Configuration files as trees, and what a drill may want of them."""
