"""Notes in a style that is not ours: PUT, offset paging, 403 for strangers, 400 for what is wrong, OAuth2 password.

The standard library alone, SQLite in DATA_DIR. It serves its own document at /openapi.json.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import signal
import sqlite3
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

HERE = Path(__file__).parent
DATABASE = Path(os.environ.get("DATA_DIR", HERE)) / "notes.db"
LARGEST = 100_000
lock = threading.Lock()
db = sqlite3.connect(DATABASE, check_same_thread=False, isolation_level=None)
db.executescript("""
    PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, email TEXT UNIQUE, salt BLOB, hash BLOB);
    CREATE TABLE IF NOT EXISTS tokens (hash TEXT PRIMARY KEY, user INTEGER);
    CREATE TABLE IF NOT EXISTS notes (
        id INTEGER PRIMARY KEY AUTOINCREMENT, owner INTEGER, title TEXT, body TEXT, pinned INTEGER,
        created_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
        updated_at TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
    );
""")


class Refused(Exception):
    def __init__(self, status, message):
        self.status, self.message = status, message


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def password_hash(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=1024, r=8, p=1)


def whole(text, least, most, name):
    if not re.fullmatch(r"-?[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise Refused(400, f"{name} must be a whole number from {least} to {most}")
    return int(text)


def row(note):
    return {
        "id": note[0], "owner": note[1], "title": note[2], "body": note[3], "pinned": bool(note[4]),
        "created_at": note[5], "updated_at": note[6],
    }  # fmt: skip


SELECT = "SELECT id, owner, title, body, pinned, created_at, updated_at FROM notes"


def register(request):
    body = request.fields({"email": str, "password": str})
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", body["email"]) or not 8 <= len(body["password"]) <= 100:
        raise Refused(400, "an email and a password of 8 to 100 characters are needed")
    salt = secrets.token_bytes(16)
    try:
        made = db.execute(
            "INSERT INTO users (email, salt, hash) VALUES (?, ?, ?)",
            (body["email"], salt, password_hash(body["password"], salt)),
        )
    except sqlite3.IntegrityError:
        raise Refused(409, "somebody has this email") from None
    request.extra["Location"] = f"/users/{made.lastrowid}"
    return 201, {"id": made.lastrowid, "email": body["email"]}


def token(request):
    form = {name: values[0] for name, values in parse_qs(request.text()).items()}
    found = db.execute("SELECT id, salt, hash FROM users WHERE email = ?", (form.get("username", ""),)).fetchone()
    if not found or not hmac.compare_digest(password_hash(form.get("password", ""), found[1]), found[2]):
        raise Refused(400, "wrong email or password")
    secret = secrets.token_urlsafe(24)
    db.execute("INSERT INTO tokens VALUES (?, ?)", (sha(secret), found[0]))
    return 200, {"access_token": secret, "token_type": "bearer"}


def list_notes(request):
    user = request.user()
    limit = whole(request.query.get("limit", "10"), 1, 50, "limit")
    offset = whole(request.query.get("offset", "0"), 0, 10**9, "offset")
    rows = db.execute(f"{SELECT} WHERE owner = ? ORDER BY id LIMIT ? OFFSET ?", (user, limit, offset)).fetchall()
    return 200, [row(note) for note in rows]


def new_note(request):
    user = request.user()
    body = request.note()
    made = db.execute(
        "INSERT INTO notes (owner, title, body, pinned) VALUES (?, ?, ?, ?)",
        (user, body["title"], body["body"], body["pinned"]),
    )
    return 200, row(db.execute(f"{SELECT} WHERE id = ?", (made.lastrowid,)).fetchone())


def note_of(request):
    user = request.user()
    found = db.execute(f"{SELECT} WHERE id = ?", (request.id(),)).fetchone()
    if found is None:
        raise Refused(404, "no such note")
    if found[1] != user:
        raise Refused(403, "not your note")
    return found


def read_note(request):
    return 200, row(note_of(request))


def put_note(request):
    found = note_of(request)
    body = request.note()
    db.execute(
        "UPDATE notes SET title = ?, body = ?, pinned = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ') WHERE id = ?",
        (body["title"], body["body"], body["pinned"], found[0]),
    )
    return 204, None


def delete_note(request):
    found = note_of(request)
    if db.execute("DELETE FROM notes WHERE id = ?", (found[0],)).rowcount == 0:
        raise Refused(404, "no such note")
    return 200, {"deleted": found[0]}


ROUTES = [
    ("GET", r"/status", lambda request: (200, {"ok": True})),
    ("GET", r"/openapi.json", lambda request: (200, json.loads((HERE / "openapi.json").read_text()))),
    ("POST", r"/users/register", register),
    ("POST", r"/auth/token", token),
    ("GET", r"/notes", list_notes),
    ("POST", r"/notes", new_note),
    ("GET", r"/notes/([^/]+)", read_note),
    ("PUT", r"/notes/([^/]+)", put_note),
    ("DELETE", r"/notes/([^/]+)", delete_note),
]


class Handler(BaseHTTPRequestHandler):
    disable_nagle_algorithm = True  # the body is written after the head: the client need not be waited for
    protocol_version = "HTTP/1.1"
    timeout = 30

    def parse_request(self):
        with busy:
            count[0] += 1
        self.counted = True
        return super().parse_request()

    def handle_one_request(self):
        self.counted = False
        try:
            super().handle_one_request()
        finally:
            if self.counted:
                with busy:
                    count[0] -= 1
                    busy.notify_all()

    def answer(self):
        self.read, self.extra = None, {}
        parts = urlsplit(self.path)
        self.query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        try:
            data = self.take_body()
            self.read = data
            status, body = self.route(parts.path)
        except Refused as refused:
            status, body = refused.status, {"message": refused.message}
        except Exception as error:
            print(f"fault: {error!r}", file=sys.stderr)
            status, body = 500, {"message": "fault"}
        self.reply(status, body)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = answer

    def route(self, path):
        fits = [(method, match, act) for method, pattern, act in ROUTES if (match := re.fullmatch(pattern, path))]
        for method, match, act in fits:
            if method == self.command:
                self.match = match
                with lock:
                    return act(self)
        raise Refused(405, "not possible here") if fits else Refused(404, "nothing here")

    def take_body(self):
        lengths = set(self.headers.get_all("Content-Length", []))
        chunked = self.headers.get_all("Transfer-Encoding", [])
        odd = self.headers.defects  # a line that is no header ends them for this parser
        if (
            odd
            or len(lengths) > 1
            or (chunked and (lengths or chunked != ["chunked"]))
            or not all(map(str.isdigit, lengths))
        ):
            self.close_connection = True
            raise Refused(400, "where does this request end")
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            data = b""
            while size := int(self.rfile.readline().strip() or b"0", 16):
                data += self.rfile.read(size)
                self.rfile.readline()
                if len(data) > LARGEST:
                    self.close_connection = True
                    raise Refused(413, "too large")
            self.rfile.readline()
            return data
        size = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(size)
        if size > LARGEST:
            raise Refused(413, "too large")
        return data

    def reply(self, status, body):
        data = b"" if body is None or self.command == "HEAD" else json.dumps(body).encode()
        self.send_response(status)
        if body is not None:
            self.send_header("Content-Type", "application/json")
        for name, value in self.extra.items():
            self.send_header(name, value)
        if status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if status != 204:
            self.send_header("Content-Length", str(len(data)))
        if stopping.is_set():
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(data)

    def text(self):
        try:
            return self.read.decode()
        except UnicodeDecodeError:
            raise Refused(400, "not UTF-8") from None

    def fields(self, kinds):
        try:
            body = json.loads(self.text())
        except (ValueError, RecursionError):
            raise Refused(400, "not JSON") from None
        if not isinstance(body, dict):
            raise Refused(400, "an object is needed")
        for name, kind in kinds.items():
            if type(body.get(name)) is not kind:
                raise Refused(400, f"{name} is needed")
            if kind is str and any("\ud800" <= char <= "\udfff" for char in body[name]):
                raise Refused(400, f"{name} is no Unicode text")
        return body

    def note(self):
        body = self.fields({"title": str})
        body.setdefault("body", "")
        body.setdefault("pinned", False)
        if type(body["body"]) is not str or type(body["pinned"]) is not bool:
            raise Refused(400, "body is a text, pinned is true or false")
        if any("\ud800" <= char <= "\udfff" for char in body["body"]):
            raise Refused(400, "body is no Unicode text")
        if not body["title"].strip() or len(body["title"]) > 120 or len(body["body"]) > 5000:
            raise Refused(400, "title must have 1 to 120 characters, body at most 5000")
        return body

    def id(self):
        return whole(self.match[1], 1, 10**9, "note_id")

    def user(self):
        scheme, _, secret = self.headers.get("Authorization", "").partition(" ")
        found = db.execute("SELECT user FROM tokens WHERE hash = ?", (sha(secret),)).fetchone()
        if scheme.lower() != "bearer" or found is None:
            raise Refused(401, "who are you")
        return found[0]

    def log_message(self, form, *args):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


stopping = threading.Event()
busy, count = threading.Condition(), [0]  # requests that have begun
server = Server(("127.0.0.1", int(os.environ.get("PORT", "8000"))), Handler)


def stop(*_):
    stopping.set()
    threading.Thread(target=server.shutdown, daemon=True).start()


signal.signal(signal.SIGTERM, stop)
server.serve_forever(poll_interval=0.05)
with busy:
    busy.wait_for(lambda: count[0] == 0, timeout=9)
