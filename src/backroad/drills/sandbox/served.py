"""What the children that imitate a server have in common: they import it, take their rights away and run programs.

Started with `-I -S`, these children find no packages but the folders in `request["packages"]`; what a learner wrote is
data to them. The request is `{"folder", "packages", "seeds": [script], "programs": [script], "check", "returns",
"seconds", "url"}`; the answer is one line for each program: a list with, for each seed, what is in `Ran` of
`kinds/served.py`.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

MEMORY = 256 * 1024 * 1024
MOST_PARTS = 1000
LONGEST_RESULT = 256 * 1024


class Broken(Exception):
    """What was written cannot be run as it stands: no answer yet."""


class Stopped(Exception):
    """It runs, and then ends with this sentence."""


class Unavailable(Exception):
    """The server that was configured is not there."""


class _TooLong(BaseException):
    """Its processor time is over. No `Exception`, so that nobody takes it for one of theirs."""


def main(prepare: Callable[[dict[str, Any]], Callable[[str, str], dict[str, Any]]]) -> None:
    """`prepare` imports and connects, while that is still allowed; what it returns runs one program after one seed."""
    from backroad.drills.sandbox import guard

    channel = int(sys.argv[-1])
    request = json.load(sys.stdin)

    def send(value: object) -> None:
        line = json.dumps({"token": request["token"], "value": value}).encode() + b"\n"
        while line:
            line = line[os.write(channel, line) :]

    try:
        run = prepare(request)
    except Unavailable as error:
        send({"unavailable": str(error)})
        return
    if not request["url"]:  # a real server needs its connections, and text is all that the learner gives either one
        library = os.path.dirname(os.__file__)
        readable = [library, *request["packages"], "/dev/null", "/dev/urandom"]
        guard.restrict(request["folder"], readable=readable, seconds=30, file_bytes=0, memory=MEMORY)
    for number, program in enumerate(request["programs"]):
        # The key and the learner's get all of the time, the known wrong ones a part: an endless one takes little.
        seconds = request["seconds"] / (1 if number < 2 else 4)
        send([bounded(run, seed, program, seconds) for seed in request["seeds"]])


def bounded(run: Callable[[str, str], dict[str, Any]], seed: str, program: str, seconds: float) -> dict[str, Any]:
    def over(*_: object) -> None:
        raise _TooLong

    signal.signal(signal.SIGVTALRM, over)
    # Processor time, so that a busy machine takes nothing away; again and again, should something swallow the first.
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, 0.2)
    try:
        found = run(seed, program)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        return found
    except Broken as error:
        return {"broken": str(error)}
    except Stopped as error:
        return {"error": str(error)}
    except (MemoryError, RecursionError):
        return {"error": f"it was stopped, because it needs more than {MEMORY >> 20} MiB of memory"}
    except Exception as error:
        return {"broken": f"the server cannot do this ({type(error).__name__}: {str(error)[:100]})"}
    except _TooLong:
        return {"error": f"it was stopped after {seconds:g} s of work: something in it does not end"}
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
