#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A document management system in miniature: what docs/archive-provider.md asks for, over a folder.

usage: archive-provider.py FOLDER [PORT] [HEADER=VALUE]     with HEADER=VALUE: only callers who send that may see anything
"""
import hashlib, json, os, sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

FOLDER = os.path.realpath(sys.argv[1])
SECRET = sys.argv[3].split("=", 1) if len(sys.argv) > 3 else None


class Provider(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content_Length": len(body), **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        if SECRET and self.headers.get(SECRET[0]) != SECRET[1]:
            return self.answer(401 if SECRET[0] not in self.headers else 403)
        url = urlsplit(self.path)
        if url.path == "/index.json":
            return self.list(parse_qs(url.query))
        path = os.path.realpath(os.path.join(FOLDER, unquote(url.path).lstrip("/")))
        if not path.startswith(FOLDER + os.sep) or not os.path.isfile(path):
            return self.answer(404)
        with open(path, "rb") as file:  # one open file: all that is said below is said of the same bytes
            self.document(file.read())

    do_HEAD = do_GET

    def document(self, content):
        tag = '"%s"' % hashlib.sha256(content).hexdigest()[:32]
        if self.headers.get("If-Match", tag) not in (tag, "*"):
            return self.answer(412)
        unit, _, spec = self.headers.get("Range", "").partition("=")
        if unit != "bytes" or self.command == "HEAD":
            return self.answer(200, content, ETag=tag, Accept_Ranges="bytes")
        first, _, last = spec.partition("-")
        start, end = int(first), min(int(last or len(content)), len(content) - 1)
        if start > end:
            return self.answer(416, Content_Range="bytes */%d" % len(content), ETag=tag)
        part = "bytes %d-%d/%d" % (start, end, len(content))
        self.answer(206, content[start:end + 1], ETag=tag, Content_Range=part)

    def list(self, query):
        prefix, after = query.get("prefix", [""])[0], query.get("after", [""])[0]
        names = sorted(os.path.relpath(os.path.join(f, n), FOLDER) for f, _, ns in os.walk(FOLDER) for n in ns)
        names = [n for n in names if n.startswith(prefix) and n > after]
        page = names[:int(query.get("limit", ["1000"])[0])]
        documents = [{"id": name, "size": os.path.getsize(os.path.join(FOLDER, name))} for name in page]
        body = json.dumps({"documents": documents, "more": len(page) < len(names)}).encode()
        self.answer(200, body, Content_Type="application/json")

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 8000), Provider)
print("http://127.0.0.1:%d/" % server.server_port, flush=True)
server.serve_forever()
