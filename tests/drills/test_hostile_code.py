"""Answers that try to break out, to fool the grader or to eat the machine: each is contained, with a clear sentence."""

import subprocess
import sys
import time
from pathlib import Path

import msgspec
import pytest

from backroad.drills.grade import grade
from backroad.drills.kinds.code import CallTest, Code
from backroad.drills.model import Result, Wrong
from backroad.drills.sandbox.contain import child
from backroad.kit.errors import Problem

pytestmark = pytest.mark.slow  # each answer runs in a process of its own

LINUX = sys.platform == "linux"
linux = pytest.mark.skipif(not LINUX, reason="what the kernel refuses is asked for on Linux")


def drill(language: str = "python") -> Code:
    return Code(
        skill="area.one",
        name="double",
        seconds=60,
        prompt="Double it.",
        why="Twice.",
        language="node" if language == "node" else "python",
        start="",
        helpers="",
        tests=(CallTest("f(21)", "42"), CallTest("f(0)", "0")),
        answer="",
        wrong=(),
    )


def answered(source: str, language: str = "python") -> str:
    """Why the first test failed: what came back, or the sentence below it."""
    result = failed(grade(drill(language), source))
    assert result.outcome == "failed"
    first = result.feedback[0]
    return first.given or first.why


def failed(result: Result) -> Result:
    assert result.outcome == "failed", result
    assert result.score < 1
    return result


def refused(what: str) -> str:
    return f"an exception: PermissionError: an answer may not {what}"


NETWORK = "import socket\ndef f(x):\n    socket.create_connection(('127.0.0.1', 9), 1)\n"
LOOKUP = "import socket\ndef f(x):\n    return socket.getaddrinfo('example.com', 80)\n"
URL = "def f(x):\n    import urllib.request\n    return urllib.request.urlopen('http://127.0.0.1:9').status\n"
PASSWD = "def f(x):\n    return open('/etc/passwd').read()\n"
HOME = "import os\ndef f(x):\n    open(os.path.join('/root', 'note.txt'), 'w').write('x')\n"
LISTING = "import os\ndef f(x):\n    return os.listdir('/')\n"
DELETE = "import os\ndef f(x):\n    os.remove('/tmp/anything')\n"
FORK = "import os\ndef f(x):\n    return os.fork()\n"
SYSTEM = "import os\ndef f(x):\n    return os.system('id')\n"
POPEN = "import subprocess\ndef f(x):\n    return subprocess.check_output(['id'])\n"
CTYPES = "def f(x):\n    import ctypes\n    return ctypes.CDLL(None).getpid()\n"
KILL = "import os, signal\ndef f(x):\n    os.kill(os.getppid(), signal.SIGKILL)\n"
BACKROAD = "def f(x):\n    import backroad.drills\n"
LIMITS = "import resource\ndef f(x):\n    resource.setrlimit(resource.RLIMIT_AS, (-1, -1))\n"
REFUSED = [
    (NETWORK, "use the network"),
    (LOOKUP, "use the network"),
    (URL, "use the network"),
    (PASSWD, "open files outside its folder: /etc/passwd"),
    (HOME, "change files outside its folder: /root/note.txt"),
    (LISTING, "open files outside its folder: /"),
    (DELETE, "change files outside its folder: /tmp/anything"),
    (FORK, "start other processes"),
    (SYSTEM, "start other programs"),
    (POPEN, "start other programs"),
    (CTYPES, "import ctypes"),
    (KILL, "send signals"),
    (BACKROAD, "import backroad"),
    (LIMITS, "change its limits"),
]


@pytest.mark.parametrize(("source", "what"), REFUSED)
def test_what_an_answer_has_no_need_for_is_refused_by_name(source: str, what: str) -> None:
    assert answered(source).startswith(refused(what))


FORGED = [
    # sys.exit and os._exit, to end before a test could fail
    ("import sys\ndef f(x):\n    sys.exit(0)\n", "an exception: SystemExit: 0"),
    ("import os\ndef f(x):\n    os._exit(0)\n", "The program ended here by itself."),
    # the result protocol, printed
    ('def f(x):\n    print(\'{"token": "", "value": {"value": 42}}\')\n', "null"),
    # a value that says it equals everything
    (
        "class Any(int):\n    def __eq__(self, other): return True\ndef f(x):\n    return Any(7)\n",
        "an Any, not a plain",
    ),
    # the interpreter's own tools, replaced
    ("import json\njson.dumps = lambda *a, **k: '42'\ndef f(x):\n    return 7\n", "7"),
    ("import builtins\nbuiltins.type = lambda x: int\ndef f(x):\n    return 7\n", "7"),
    ("import builtins\nbuiltins.eval = lambda *a: 42 if len(a) > 5 else 7\ndef f(x):\n    return 8\n", "7"),
    # an endless value
    ("def f(x):\n    while True:\n        yield 42\n", "a generator, not a plain value"),
    ("def f(x):\n    a = []\n    a.append(a)\n    return a\n", "a value that is too long to send"),
    ("def f(x):\n    return 'x' * 70_000\n", "a value that is too long to send"),
    ("def f(x):\n    return 10 ** 5000\n", "a number of more than 3,000 digits"),
    ("def f(x):\n    return {1: 2}\n", "a dict with the key 1, which is not text"),
    ("def f(x):\n    return f(x)\n", "an exception: RecursionError"),
]


@pytest.mark.parametrize(("source", "sentence"), FORGED)
def test_the_grader_is_not_fooled(source: str, sentence: str) -> None:
    assert answered(source).startswith(sentence)


# Walks all frames and all objects for the token, and sends whatever it likes: it still has to know the answer.
FRAMES = """
import json, os, sys
def f(x):
    frame = sys._getframe()
    while frame:
        send = frame.f_locals.get("send")
        if send:
            for forged in ({"value": 41}, {"value": True}, {"value": "42"}):
                send(forged)
        frame = frame.f_back
    os._exit(0)
"""


def test_a_stolen_channel_carries_values_but_knows_no_answers() -> None:
    result = failed(grade(drill(), FRAMES))
    assert [part.given for part in result.feedback] == ["41", "true"]


def test_the_child_is_not_told_what_is_expected() -> None:
    source = "import gc, sys\ndef f(x):\n    frame = sys._getframe()\n    while frame.f_back: frame = frame.f_back\n"
    source += "    return sorted(frame.f_globals['__builtins__'].__dict__)[:0] + sorted(main_locals())\n"
    source += "def main_locals():\n    frame = sys._getframe()\n    found = []\n    while frame:\n"
    source += (
        "        found += list(frame.f_locals.get('request') or [])\n        frame = frame.f_back\n    return found\n"
    )
    keys = set(eval(answered(source)))
    assert keys == {"calls", "code", "folder", "helpers", "memory", "seconds", "token"}


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(x):\n    while True: print('x' * 1000)\n", "It was stopped after 64 KiB of output here."),
        ("def f(x):\n    return len(bytearray(10**9))\n", "an exception: MemoryError"),
        ("def f(x):\n    return [0] * 10**10\n", "an exception: MemoryError"),
        ("def f(x):\n    open('big', 'wb').write(b'x' * 10**8)\n", "an exception: OSError: [Errno 27] File too large"),
        (
            "import os, signal\ndef f(x):\n    os.abort()\n",
            "It was stopped by SIGABRT here.",
        ),
        (
            "import sys\nsys.setrecursionlimit(10**9)\ndef f(x):\n    return max([x], key=f)\n",
            "It was stopped by SIGSEGV here." if sys.version_info < (3, 12) else "an exception: RecursionError",
        ),
    ],
)
def test_what_is_too_much_is_stopped(source: str, sentence: str) -> None:
    assert answered(source).startswith(sentence)


BOMB = """
import threading, time
def f(x):
    count = 0
    try:
        while True:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
            count += 1
    except (RuntimeError, MemoryError):
        return 'stopped' if count < 1000 else count
"""


@linux
def test_a_thread_bomb_runs_out_of_room() -> None:
    assert answered(BOMB) == '"stopped"'


SLOW = [
    "def f(x):\n    while True: pass\n",
    "def f(x):\n    return len(str(7 ** (10 ** 9)))\n",
    "import re\ndef f(x):\n    return bool(re.match(r'(a+)+$', 'a' * 60 + 'b'))\n",
    "import signal, time\nfor n in range(1, 32):\n    try: signal.signal(n, signal.SIG_IGN)\n"
    "    except (OSError, ValueError): pass\n"
    "def f(x):\n    time.sleep(60)\n",
    "def f(x):\n    return list(iter(int, 1)) if not x else sum(1 for _ in iter(int, 1))\n",
]


@pytest.mark.slow
@pytest.mark.parametrize("source", SLOW)
def test_what_does_not_end_is_stopped_after_five_seconds(source: str) -> None:
    began = time.monotonic()
    assert answered(source) == "It was stopped after 5 s here."
    assert time.monotonic() - began < 8


# Below Python's own hook: what is left when somebody finds a way around it.
@linux
def test_the_kernel_refuses_what_the_hook_would_miss(tmp_path: Path) -> None:
    """The child's guard alone, with no audit hook: files, network, processes, signals, limits."""
    guard = Path(child("guard.py")).parent
    secret = tmp_path / "secret.txt"
    secret.write_text("key")
    own = tmp_path / "own"
    own.mkdir()
    program = f"""
import os, resource, signal, socket, sys
sys.path.insert(0, {str(guard)!r})
import guard
guards = guard.restrict({str(own)!r}, readable=["/lib"], seconds=5, file_bytes=1000, memory=None)
def attempt(name, act):
    try:
        act()
    except OSError:
        return
    print(name)
if "landlock" in guards:
    attempt("read", lambda: open({str(secret)!r}))
    attempt("write", lambda: open({str(tmp_path / "new")!r}, "w"))
    attempt("delete", lambda: os.remove({str(secret)!r}))
    attempt("list", lambda: os.listdir("/"))
    attempt("move", lambda: os.rename({str(secret)!r}, {str(own / "x")!r}))
if "seccomp" in guards:
    attempt("socket", lambda: socket.socket())
    attempt("unix socket", lambda: socket.socket(socket.AF_UNIX))
    attempt("fork", os.fork)
    attempt("exec", lambda: os.execv("/bin/true", ["true"]))
    attempt("spawn", lambda: os.posix_spawn("/bin/true", ["true"], {{}}))
    attempt("signal", lambda: os.kill(os.getppid(), 0))
    attempt("chmod", lambda: os.chmod({str(secret)!r}, 0o777))
    attempt("root", lambda: os.chroot("/"))
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        print("limits")
    except (ValueError, OSError):
        pass
open("inside", "w").write("fine")
print(open("inside").read(), "limits" in guards)
"""
    ran = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=own, capture_output=True, text=True, timeout=20
    )
    assert (ran.stdout, ran.returncode) == ("fine True\n", 0), ran.stderr
    assert secret.read_text() == "key"


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(x) return 1", "Your code does not run: SyntaxError: expected ':' (line 1). Change it"),
        (
            "import nothing_there",
            "Your code does not run: ModuleNotFoundError: No module named 'nothing_there' (line 1).",
        ),
        ("import numpy", "Your code does not run: ModuleNotFoundError: No module named 'numpy' (line 1)."),
        ("raise SystemExit", "Your code does not run: SystemExit (line 1)."),
        ("x" * 65_537, "This answer is longer than 64 KiB. Shorten it."),
        ("é" * 40_000, "This answer is longer than 64 KiB. Shorten it."),
        ("def f(x):\x00", "This answer holds bytes that are not text. Paste it as plain text."),
        ("  \n", "You have written nothing. Write your answer."),
    ],
)
def test_what_cannot_be_run_is_a_problem_and_not_counted(source: str, sentence: str) -> None:
    with pytest.raises(Problem) as caught:
        grade(drill(), source)
    assert str(caught.value).startswith(sentence)


NODE = [
    ("const f = (x) => require('fs').readFileSync('/etc/passwd', 'utf8')", "ReferenceError: require is not defined"),
    ("const f = (x) => process.exit(0)", "ReferenceError: process is not defined"),
    ("const f = (x) => fetch('http://127.0.0.1:9').then((r) => r.status)", "ReferenceError: fetch is not defined"),
    ("const f = (x) => (() => {}).constructor('return process')().pid", "ReferenceError: process is not defined"),
    ("const f = (x) => import('node:fs').then((fs) => fs.readFileSync('/etc/passwd', 'utf8'))", "TypeError: "),
    ("const f = (x) => import('node:child_process')", "TypeError: "),
    ("const f = (x) => f(x)", "RangeError: Maximum call stack size exceeded"),
    ("JSON.stringify = () => '42'; const f = (x) => 7", "7"),
    ("const f = (x) => ({ toJSON: () => 42 })", "a function, not a plain value"),
    ("const f = (x) => undefined", "undefined: does every way through it return a value?"),
    ("const f = (x) => NaN", "NaN"),
    (
        "class Any { valueOf() { return 42 } }\nconst f = (x) => new Any()",
        "an object of the class Any, not a plain value",
    ),
    ("Array.isArray = () => true; const f = (x) => ({ map: () => 42 })", "42"),
    ("const f = (x) => { for (;;) console.log('y'.repeat(70_000)) }", "It was stopped after 64 KiB of output here."),
]


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize(("source", "sentence"), NODE)
def test_javascript_is_contained_too(source: str, sentence: str) -> None:
    if sentence == "42":  # to know the answer is to solve the drill
        assert grade(drill("node"), source).feedback[0].ok
    else:
        assert answered(source, "node").removeprefix("an exception: ").startswith(sentence)


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ("const f = (x) => { for (;;); }", ["It was stopped after 5 s here."]),
        (
            "const f = (x) => new Promise(() => {})",
            ["The program ended here by itself.", "It was stopped after 5 s here."],
        ),
        (
            "const f = (x) => { const a = []; for (;;) a.push(new Array(1e6).fill(1.5)); }",
            [
                "It was stopped with more than 256 MiB of memory here.",
                "It was stopped by SIGABRT here.",
                "It was stopped by SIGTRAP here.",
            ],
        ),
        (
            "const f = (x) => { const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1)); }",
            [
                "It was stopped with more than 256 MiB of memory here.",
                "an exception: RangeError: Array buffer allocation failed (line 1)",
            ],
        ),
    ],
)
def test_javascript_that_eats_the_machine_is_stopped(source: str, sentences: list[str]) -> None:
    assert answered(source, "node") in sentences


LEAVING = """
import os, threading, time
open('kept', 'w').write('x')
threading.Thread(target=time.sleep, args=(60,)).start()
def f(x):
    os._exit(3)
"""


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    answered(LEAVING)
    assert list(tmp_path.iterdir()) == []


def test_a_known_mistake_is_recognised_by_what_it_does() -> None:
    known = drill()
    known = msgspec.structs.replace(known, wrong=(Wrong("def f(x): return x + 21", "It adds."),))
    result = failed(grade(known, "def f(number):\n    total = number + 21\n    return total"))
    assert result.feedback[0].why == "It adds."
