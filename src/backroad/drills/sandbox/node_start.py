"""Takes its rights away and becomes Node.js. Runs inside the child: `node_start.py node script options … channel`."""

import os
import sys


def main() -> None:
    node, script, *options, channel = sys.argv[1:]
    here = os.path.dirname(os.path.abspath(__file__))
    with open(script, encoding="utf-8") as file:
        program = file.read()
    sys.path.insert(0, here)
    import guard  # type: ignore[import-not-found]

    system = ["/lib", "/lib64", "/usr/lib", "/usr/lib64"]
    readable = ["/etc/ld.so.cache", "/etc/localtime", "/usr/share/zoneinfo", "/dev/null", "/dev/urandom", "/proc/self"]
    readable += ["/proc/meminfo", "/proc/version", "/sys/fs/cgroup"]
    # Node needs far more addresses than memory: what it really uses is watched from outside.
    guard.restrict(
        os.getcwd(), readable=readable, runnable=[node, *system], seconds=6, file_bytes=1024 * 1024, memory=None
    )
    os.execv(node, [node, *options, "-e", program, channel])


if __name__ == "__main__":
    main()
