"""The command line. Commands are imported when they are called, so that the start stays quick."""

import os
import sys

from backroad import __version__


def main() -> None:
    """Entry of the `backroad` command. Exit codes: 0 good, 1 something is wrong, 2 wrong usage or could not judge."""
    if sys.argv[1:] == ["--version"]:
        print(f"backroad {__version__}")
        return
    sys.exit(_run())


def _run() -> int:
    from backroad.cli.commands import app
    from backroad.kit.errors import Problem
    from backroad.verifier.errors import VerifierError

    try:
        code = app(result_action="return_value")
        return code if isinstance(code, int) else 0
    except SystemExit as stop:
        return _code(stop)
    except Problem as problem:
        return _complain(problem.sentence, problem.hint, 1)
    except VerifierError as error:
        return _complain(error.sentence, error.hint, 2)
    except KeyboardInterrupt:
        return _complain("stopped.", "", 130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if os.environ.get("BACKROAD_DEBUG"):
            raise
        what = f"a fault of Backroad's own ({type(error).__name__}: {error})."
        return _complain(what, "Run it again with BACKROAD_DEBUG=1 to see where, and report it.", 70)


def _code(stop: SystemExit) -> int:
    """Wrong usage is 2, as everywhere; cyclopts ends with 1."""
    return 2 if stop.code == 1 else stop.code if isinstance(stop.code, int) else 0


def _complain(sentence: str, hint: str, code: int) -> int:
    print(f"backroad: {sentence}", file=sys.stderr)
    if hint:
        print(f"  {hint}", file=sys.stderr)
    return code
