"""What a process group and a folder take, seen from outside: for answers that may start processes of their own."""

import contextlib
import os
import time

PROCESSES = 64
FOLDER = 64 * 1024 * 1024
_EVERY = 0.2
_PAGE = os.sysconf("SC_PAGE_SIZE")


class GroupWatch:
    """Looks five times a second, and at once when the machine suddenly has more processes. Linux only."""

    def __init__(self, group: int, folder: str, memory: int) -> None:
        self.group = group
        self.folder = folder
        self.memory = memory
        self.at_first = _tasks()
        self.next = 0.0

    def excess(self) -> str:
        """What there is too much of, as "with more than 64 processes"; mostly nothing."""
        now = time.monotonic()
        if now < self.next and _tasks() < self.at_first + PROCESSES:
            return ""
        self.next = now + _EVERY
        count, memory = _group(self.group)
        if count > PROCESSES:
            return f"with more than {PROCESSES} processes"
        if memory > self.memory:
            return f"with more than {self.memory >> 20} MiB of memory"
        return f"with more than {FOLDER >> 20} MiB of files" if _size(self.folder, FOLDER) > FOLDER else ""


def _tasks() -> int:
    """Of the whole machine, threads counted: cheap to ask."""
    try:
        with open("/proc/loadavg", encoding="ascii") as file:
            return int(file.read().split()[3].partition("/")[2])
    except (OSError, ValueError, IndexError):
        return 0


def _group(group: int) -> tuple[int, int]:
    """Its processes, and their resident memory in bytes."""
    count = memory = 0
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            if name.isdecimal():
                with (
                    contextlib.suppress(OSError),
                    open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file,
                ):
                    fields = file.read().rpartition(") ")[2].split()
                    if int(fields[2]) == group:
                        count += 1
                        memory += int(fields[21]) * _PAGE
    return count, memory


def _size(folder: str, most: int) -> int:
    """Bytes that the files take on disk; the walk ends early beyond `most`."""
    size = 0
    waiting = [folder]
    while waiting and size <= most:
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    size += max(4096, entry.stat(follow_symlinks=False).st_blocks * 512)
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
    return size
