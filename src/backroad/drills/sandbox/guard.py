"""Takes rights away from the process that calls it, before it runs what a learner wrote. Runs inside the child.

Only the standard library, and nothing of Backroad: the child is started with `-I -S` and finds no packages.
What the operating system offers is used, and what it offers is returned: resource limits everywhere, Landlock and
seccomp on Linux. None of them needs root.
"""

import ctypes
import errno
import os
import platform
import resource
import struct
import sys
from collections.abc import Iterable

CREATE, ADD_RULE, RESTRICT = 444, 445, 446
READ_FILE, READ_DIR, EXECUTE = 1 << 2, 1 << 3, 1 << 0
FILE_RIGHTS = 0b0111 | 1 << 14
NO_NEW_PRIVS, SET_SECCOMP, FILTER = 38, 22, 2
CLONE_THREAD, CLONE_NEW = 0x10000, 0x7E020000

# Number of each system call on x86_64 and on aarch64; None where there is no such call.
FORBIDDEN = {
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242), "fork": (57, None), "vfork": (58, None), "ptrace": (101, 117), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "kcmp": (312, 272), "setrlimit": (160, 164), "unshare": (272, 97),
    "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "move_mount": (429, 429), "open_tree": (428, 428), "fsopen": (430, 430), "fsmount": (432, 432),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "sethostname": (170, 161), "setdomainname": (171, 162), "settimeofday": (164, 170),
    "clock_settime": (227, 112), "adjtimex": (159, 171), "clock_adjtime": (305, 266), "acct": (163, 89),
    "quotactl": (179, 60), "open_by_handle_at": (304, 265), "mknod": (133, None), "mknodat": (259, 33),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452), "chown": (92, None),
    "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "utime": (132, None), "utimes": (235, None), "utimensat": (280, 88), "futimesat": (261, None),
    "personality": (135, 92), "setpriority": (141, 140), "iopl": (172, None), "ioperm": (173, None),
    "shmget": (29, 194), "msgget": (68, 186), "semget": (64, 190), "mq_open": (240, 180),
    "setuid": (105, 146), "setgid": (106, 144), "setresuid": (117, 147), "setresgid": (119, 149),
    "setgroups": (116, 159), "capset": (126, 91), "syslog": (103, 116), "name_to_handle_at": (303, 264),
}  # fmt: skip
EXECUTING = {"execve": (59, 221), "execveat": (322, 281)}
CLONE, CLONE3, KILL, TGKILL, PRLIMIT = (56, 220), (435, 435), (62, 129), (234, 131), (302, 261)
FORKING = ("fork", "vfork")
# A process that leaves its group would outlive the answer.
LEAVING = {"setpgid": (109, 154), "setsid": (112, 157)}
SIGNALS = {"kill": KILL, "tgkill": TGKILL}
# Git sets modes and times, and gives up where it may not. Landlock does not bound these calls: nothing is done then.
PRETENDED = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimes", "utimensat", "futimesat",
)  # fmt: skip
PROCESSES = 128
"""That an answer may have at once: the kernel refuses more, however late somebody looks."""
FIRST_USER = 1 << 20
ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}


def restrict(
    folder: str,
    *,
    readable: Iterable[str],
    runnable: Iterable[str] = (),
    writable: Iterable[str] = (),
    processes: bool = False,
    seconds: int,
    file_bytes: int,
    memory: int | None,
) -> list[str]:
    """From here on: no network, no other process, no file but those. Returns what could be set up on this machine.

    With `processes` new ones are allowed, within the process group and their number; changes of modes and times then
    seem to succeed.
    """
    limits = {"RLIMIT_CPU": seconds, "RLIMIT_FSIZE": file_bytes, "RLIMIT_NOFILE": 64, "RLIMIT_CORE": 0}
    if memory and sys.platform == "linux":
        limits["RLIMIT_AS"] = memory
    for name, limit in limits.items():
        _limit(name, limit)
    done = ["limits"]
    if sys.platform != "linux":
        return done
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVS, 1, 0, 0, 0):
        return done
    runnable = list(runnable)
    if processes and _few_processes(folder):
        done.append("processes")
    if _landlock(libc, folder, list(readable), runnable, list(writable)):
        done.append("landlock")
    if _seccomp(libc, executing=bool(runnable), processes=processes):
        done.append("seccomp")
    return done


def _limit(name: str, most: int) -> None:
    """For good; a limit that is lower already stays."""
    which = getattr(resource, name)
    hard = resource.getrlimit(which)[1]
    lowest = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(which, (lowest, lowest))


def _few_processes(folder: str) -> bool:
    """The limit counts all threads of a user, and root has none: as root, a user nobody else is takes over."""
    if os.geteuid() != 0 and os.getuid() != 0:
        most = _threads_of(os.getuid()) + PROCESSES
    else:
        most = PROCESSES
        user = FIRST_USER + os.getpid()
        if not _open_to_all(os.path.dirname(folder)):
            return False
        try:
            for place, folders, files in os.walk(folder):
                for name in (".", *folders, *files):
                    os.lchown(os.path.join(place, name), user, user)
            os.setgroups([])
            os.setresgid(user, user, user)
            os.setresuid(user, user, user)
        except OSError:
            return False
    _limit("RLIMIT_NPROC", most)
    return True


def _open_to_all(folder: str) -> bool:
    """Whether anybody may reach what lies in it."""
    while os.stat(folder).st_mode & 0o001:
        if folder == os.path.dirname(folder):
            return True
        folder = os.path.dirname(folder)
    return False


def _threads_of(user: int) -> int:
    count = 0
    for name in os.listdir("/proc"):
        try:
            if name.isdecimal() and os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
        except OSError:  # it has ended
            continue
    return count


def _landlock(libc: ctypes.CDLL, folder: str, readable: list[str], runnable: list[str], writable: list[str]) -> bool:
    version = libc.syscall(CREATE, None, 0, 1)
    if version < 1:
        return False
    handled = (1 << (13 if version == 1 else 14 if version == 2 else 15)) - 1
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        attributes += struct.pack("=Q", 0b11)
    if version >= 6:
        attributes += struct.pack("=Q", 0b11)
    ruleset = libc.syscall(CREATE, attributes, len(attributes), 0)
    if ruleset < 0:
        return False
    rights = dict.fromkeys(readable, READ_FILE | READ_DIR) | dict.fromkeys(runnable, READ_FILE | READ_DIR | EXECUTE)
    rights |= dict.fromkeys(writable, handled & FILE_RIGHTS & ~EXECUTE)
    rights[folder] = handled & ~EXECUTE
    for path, allowed in rights.items():
        try:
            descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        if not os.path.isdir(path):
            allowed &= FILE_RIGHTS
        libc.syscall(ADD_RULE, ruleset, 1, struct.pack("=Qi", allowed, descriptor), 0)
        os.close(descriptor)
    restricted = bool(libc.syscall(RESTRICT, ruleset, 0) == 0)
    os.close(ruleset)
    return restricted


def _seccomp(libc: ctypes.CDLL, *, executing: bool, processes: bool) -> bool:
    if platform.machine() not in ARCHITECTURES or sys.maxsize < 2**32:
        return False
    program = _program(*ARCHITECTURES[platform.machine()], executing=executing, processes=processes)
    code = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_void_p)]

    pointer = ctypes.byref(Program(len(program) // 8, ctypes.addressof(code)))
    return bool(libc.prctl(SET_SECCOMP, FILTER, pointer, 0, 0) == 0)


def _program(column: int, architecture: int, *, executing: bool, processes: bool) -> bytes:
    """Classic BPF over (number, architecture, arguments) of a system call."""

    def step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    def load(offset: int) -> bytes:
        return step(0x20, offset)

    def equal(value: int, if_true: int, if_false: int) -> bytes:
        return step(0x15, value, if_true, if_false)

    kill, allow = step(0x06, 0x80000000), step(0x06, 0x7FFF0000)
    refuse, absent, pretend = (step(0x06, 0x00050000 | error) for error in (errno.EPERM, errno.ENOSYS, 0))
    own = os.getpid()
    parts = [load(4), equal(architecture, 1, 0), kill, load(0)]
    if column == 0:
        parts += [step(0x35, 0x40000000, 0, 1), refuse]
    # A new thread is allowed, a new process mostly not, a new namespace never; clone3 hides its flags, and libc falls
    # back to clone without it.
    parts += [equal(CLONE3[column], 0, 1), absent]
    if processes:
        parts += [equal(CLONE[column], 0, 4), load(16), step(0x45, CLONE_NEW, 0, 1), refuse, allow]
    else:
        parts += [equal(CLONE[column], 0, 4), load(16), step(0x45, CLONE_THREAD, 0, 1), allow, refuse]
    # Signals to itself only, and where there are several processes none; limits may be read but not set.
    for call in () if processes else (KILL, TGKILL):
        parts += [equal(call[column], 0, 4), load(16), equal(own, 0, 1), allow, refuse]
    parts += [equal(PRLIMIT[column], 0, 6), load(32), equal(0, 0, 3), load(36), equal(0, 0, 1), allow, refuse]
    refused = FORBIDDEN if executing else FORBIDDEN | EXECUTING
    if processes:
        refused = {name: numbers for name, numbers in refused.items() if name not in FORKING} | LEAVING | SIGNALS
    for name, numbers in refused.items():
        if numbers[column] is not None:
            parts += [equal(numbers[column] or 0, 0, 1), pretend if processes and name in PRETENDED else refuse]
    return b"".join([*parts, allow])
