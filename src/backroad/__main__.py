"""`python -m backroad` is the same as `backroad`."""

from backroad.cli import main

main()
