"""No check: what several checks look for in what a server wrote."""

import re

TRACE = re.compile(r"Traceback \(most recent|^\s+at \S+\(|goroutine \d+ \[|Stack trace:", re.MULTILINE)


def last(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return f'"{lines[-1][:160]}"' if lines else "nothing at all"
