"""Who learns: the road they follow, the time they have, the language they write."""
