#!/usr/bin/python3
"""A web server of one folder: serves ranges, delays answers, counts requests.

    range_server.py FOLDER DELAY_MS [CHUNK]

Prints its port. With CHUNK, it refuses ranges (503) that do not begin and end
at multiples of CHUNK bytes, or at the end of a file. GET /-/log answers with
all requests since the last such request as JSON: [method, path, first byte,
number of bytes] for each. It is neither counted nor delayed. Folders have no
listing.
"""

import json
import re
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # connections stay open
    folder, delay_s, chunk = None, 0.0, 1
    requests, lock = [], threading.Lock()

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer()

    def do_GET(self):
        if self.path == "/-/log":
            with self.lock:
                text = json.dumps(self.requests).encode()
                self.requests.clear()
            self.head(200, len(text))
            self.wfile.write(text)
        else:
            self.answer()

    def head(self, status, length, **more):
        self.send_response(status)
        self.send_header("Content-Length", str(length))
        for name, value in more.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def note(self, first, count):
        with self.lock:
            self.requests.append([self.command, self.path, first, count])

    def answer(self):
        time.sleep(self.delay_s)
        path = self.folder / self.path.lstrip("/")
        if not path.is_file():
            self.note(0, 0)
            self.head(404, 0)
            return
        size = path.stat().st_size
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)",
                             self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        end = min(int(asked[2]) + 1 if asked and asked[2] else size, size)
        count = max(end - first, 0)
        if first % self.chunk or (end % self.chunk and end < size):
            self.note(0, 0)
            self.head(503, 0)
            return
        self.note(first, count if self.command == "GET" else 0)
        if first >= size:
            self.head(416, 0, Content_Range="bytes */%d" % size)
            return
        about = {"Accept_Ranges": "bytes"}
        if asked:
            about["Content_Range"] = "bytes %d-%d/%d" % (first, end - 1, size)
        self.head(206 if asked else 200, count, **about)
        if self.command == "GET":
            with open(path, "rb") as stream:
                stream.seek(first)
                self.wfile.write(stream.read(count))


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # the reader has gone


def main(argv):
    if len(argv) not in (3, 4):
        sys.exit(__doc__.strip())
    Handler.folder, Handler.delay_s = Path(argv[1]), float(argv[2]) / 1000
    Handler.chunk = int(argv[3]) if len(argv) > 3 else 1
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv)
