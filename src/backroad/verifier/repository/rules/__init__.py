"""One file, one claim about a folder."""
