"""Named things, each a file in DATA_DIR."""

import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

DATA = Path(os.environ["DATA_DIR"])
LOCK = threading.Lock()


def claim(name):
    with LOCK:
        path = DATA / name
        if path.exists():
            return False
        time.sleep(0.02)
        path.write_text(name)
        return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/healthz":
            self.answer(200, {"status": "ok"})
        elif (DATA / self.path.rpartition("/")[2]).is_file():
            self.answer(200, {"name": self.path.rpartition("/")[2]})
        else:
            self.answer(404, {"title": "no such thing"})

    def do_POST(self):
        name = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["name"]
        if claim(name):
            self.answer(201, {"name": name})
        else:
            self.answer(409, {"title": "taken"})


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


Server((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
