"""What stands around a found word in an excerpt: STX and ETX, which are refused when a note is written."""

OPEN, CLOSE = "\x02", "\x03"
