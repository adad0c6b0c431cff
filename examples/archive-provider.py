#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A document management system in miniature, over a folder: what docs/archive-provider.md asks for.
usage: archive-provider.py FOLDER [PORT] [HEADER=VALUE]      with HEADER=VALUE nobody sees anything who does not send it"""
import hashlib, json, os, re, sys, time
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
            return self.answer(403 if SECRET[0] in self.headers else 401)
        url = urlsplit(self.path)
        if url.path == "/index.json":
            return self.list(parse_qs(url.query))
        path = os.path.realpath(os.path.join(FOLDER, unquote(url.path).lstrip("/").replace("\0", "")))
        if not path.startswith(FOLDER + os.sep) or not os.path.isfile(path):
            return self.answer(404)
        with open(path, "rb") as file:  # Read once: all that is said below is said of the same bytes.
            content = file.read()
        tag = '"%s"' % hashlib.sha256(content).hexdigest()[:32]
        if self.headers.get("If-Match", tag) not in (tag, "*"):
            return self.answer(412)
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not wanted or self.command == "HEAD":
            return self.answer(200, content, ETag=tag, Accept_Ranges="bytes")
        start, end = int(wanted[1]), min(int(wanted[2] or len(content)), len(content) - 1)
        if start > end:
            return self.answer(416, ETag=tag, Content_Range="bytes */%d" % len(content))
        part = "bytes %d-%d/%d" % (start, end, len(content))
        self.answer(206, content[start:end + 1], ETag=tag, Content_Range=part)

    do_HEAD = do_GET

    def list(self, query):
        prefix, after = query.get("prefix", [""])[0], query.get("after", [""])[0]
        names = sorted(os.path.relpath(os.path.join(f, n), FOLDER) for f, _, ns in os.walk(FOLDER) for n in ns)
        names = [name for name in names if name.startswith(prefix) and name > after]
        page = [(name, os.stat(os.path.join(FOLDER, name))) for name in names[:int(query.get("limit", ["1000"])[0])]]
        documents = [{"id": name, "size": status.st_size, "modified": time.strftime(
            "%Y-%m-%dT%H:%M:%SZ", time.gmtime(status.st_mtime))} for name, status in page]
        body = json.dumps({"documents": documents, "more": len(page) < len(names)}).encode()
        self.answer(200, body, Content_Type="application/json")

server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2]) if len(sys.argv) > 2 else 8000), Provider)
print("http://127.0.0.1:%d/" % server.server_port, flush=True)
server.serve_forever()
