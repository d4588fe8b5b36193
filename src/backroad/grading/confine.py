"""Takes rights away and becomes the learner's program. Runs inside a sandbox, which it shares with the verifier.

    python -I -S confine.py POLICY.json program argument …

The sandbox keeps both from the machine; this keeps the learner's program from the verifier: from its memory, its files
and its processes. Rlimits bound what one process takes, Landlock where it reads and writes (and, by the kernel's own
rule, whom it may trace: nobody outside of its domain), seccomp what else would get around that. The standard library
alone, and nothing that the learner could have written is read before it is done: the variables of backroad.toml, of
which the loader knows some, come in one that means nothing to anybody else.
"""

import ctypes
import errno
import json
import os
import platform
import struct
import sys
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING or __package__:
    from backroad.drills.sandbox import guard
else:
    sys.path.append(os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "drills", "sandbox"))
    import guard

VARIABLES = "BACKROAD_SERVER_ENV"
CANNOT = 125
"""Exit code: this machine cannot take the rights away."""
BASE = ("PATH", "HOME", "TMPDIR", "LANG", "TZ", "PYTHONUNBUFFERED")
"""Variables that backroad.toml may set anew; the others say what the verifier has put around the server."""
SCOPED = 0b11  # abstract Unix sockets and signals: to its own domain only
REFUSED = {name: guard.FORBIDDEN[name] for name in (
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp", "unshare", "setns", "mount", "umount2",
    "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount", "bpf", "perf_event_open", "userfaultfd",
    "keyctl", "add_key", "request_key", "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load",
    "reboot", "swapon", "swapoff", "sethostname", "setdomainname", "settimeofday", "clock_settime", "clock_adjtime",
    "acct", "quotactl", "open_by_handle_at", "iopl", "ioperm", "syslog", "shmget", "msgget", "semget", "mq_open",
)}  # fmt: skip
# Programs try these and go on without. Memory behind a file without a name would be counted nowhere.
ABSENT = {"memfd_create": (319, 279), "memfd_secret": (447, 447)} | {
    name: guard.FORBIDDEN[name] for name in ("io_uring_setup", "io_uring_enter", "io_uring_register")
}


def main() -> NoReturn:
    with open(sys.argv[1], encoding="utf-8") as file:
        policy = json.load(file)
    words = sys.argv[2:]
    environment = _environment({**os.environ, **policy["environment"]})
    missing = confine(policy)
    if missing:
        _end(CANNOT, f"The server was not started: this machine has no {missing}.")
    try:
        os.execvpe(words[0], words, environment)
    except FileNotFoundError:
        _end(127, f'The start command cannot run: there is no program "{words[0]}" on PATH or in its folder.')
    except OSError as error:
        _end(126, f'The start command cannot run: "{words[0]}": {error.strerror}.')


def _environment(told: dict[str, str]) -> dict[str, str]:
    wanted = json.loads(told.pop(VARIABLES, "{}"))
    return told | {name: value for name, value in wanted.items() if name not in told or name in BASE}


def _end(code: int, sentence: str) -> NoReturn:
    print(sentence, file=sys.stderr, flush=True)
    os._exit(code)


def confine(policy: dict[str, Any]) -> str:
    """What this machine lacks for it; empty when it is done."""
    for name, most in policy["limits"].items():
        guard._limit(name, most)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(guard.NO_NEW_PRIVS, 1, 0, 0, 0):
        return "no_new_privs"
    if not _landlock(libc, policy["runnable"], policy["readable"], policy["files"], policy["whole"]):
        return "Landlock (Linux 5.13 or newer)"
    return "" if _seccomp(libc) else "seccomp (x86-64 or ARM64)"


def _landlock(libc: ctypes.CDLL, runnable: list[str], readable: list[str], files: list[str], whole: list[str]) -> bool:
    version = libc.syscall(guard.CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = (1 << (13 if version == 1 else 14 if version == 2 else 15)) - 1
    # Its second field is about TCP: not asked for, as the network holds this sandbox alone.
    attributes = struct.pack("=QQQ", handled, 0, SCOPED)[: 8 if version < 4 else 16 if version < 6 else 24]
    ruleset = libc.syscall(guard.CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    reading = guard.READ_FILE | guard.READ_DIR
    rights = (
        dict.fromkeys(readable, reading)
        | dict.fromkeys(runnable, reading | guard.EXECUTE)
        | dict.fromkeys(files, handled & guard.FILE_RIGHTS & ~guard.EXECUTE)
        | dict.fromkeys(whole, handled)
    )
    for path, allowed in rights.items():
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        rule = struct.pack("=Qi", allowed if os.path.isdir(path) else allowed & guard.FILE_RIGHTS, descriptor)
        libc.syscall(guard.ADD_RULE, ruleset, 1, rule, 0)
        os.close(descriptor)
    done = libc.syscall(guard.RESTRICT, ruleset, 0) == 0
    os.close(ruleset)
    return bool(done)


def _seccomp(libc: ctypes.CDLL) -> bool:
    if platform.machine() not in guard.ARCHITECTURES or sys.maxsize < 2**32:
        return False
    program = _program(*guard.ARCHITECTURES[platform.machine()])
    code = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    pointer = ctypes.byref(Program(len(program) // 8, ctypes.addressof(code)))
    return bool(libc.prctl(guard.SET_SECCOMP, guard.FILTER, pointer, 0, 0) == 0)


def _program(column: int, architecture: int) -> bytes:
    """Classic BPF over (number, architecture, arguments) of a system call."""

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    def load(offset: int) -> bytes:
        return step(0x20, offset)

    def equal(value: int, if_true: int, if_false: int) -> bytes:
        return step(0x15, value, if_true, if_false)

    kill, allow = step(0x06, 0x80000000), step(0x06, 0x7FFF0000)
    refuse, absent = (step(0x06, 0x00050000 | error) for error in (errno.EPERM, errno.ENOSYS))
    parts = [load(4), equal(architecture, 1, 0), kill, load(0)]
    if column == 0:
        parts += [step(0x35, 0x40000000, 0, 1), refuse]
    # A new process is allowed, a new namespace never; clone3 hides its flags, and libc falls back to clone.
    parts += [equal(guard.CLONE3[column], 0, 1), absent]
    parts += [equal(guard.CLONE[column], 0, 4), load(16), step(0x45, guard.CLONE_NEW, 0, 1), refuse, allow]
    # Limits of its own may be lowered, those of others not.
    parts += [equal(guard.PRLIMIT[column], 0, 4), load(16), equal(0, 1, 0), refuse, allow]
    for refused, answer in ((REFUSED, refuse), (ABSENT, absent)):
        for numbers in refused.values():
            if numbers[column] is not None:
                parts += [equal(numbers[column] or 0, 0, 1), answer]
    return b"".join([*parts, allow])


if __name__ == "__main__":
    main()
