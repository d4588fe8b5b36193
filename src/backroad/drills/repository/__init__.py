"""The repositories of `git` drills: their state, what is asked of it, and how it is made and read."""
