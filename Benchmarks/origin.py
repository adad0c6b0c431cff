# SPDX-License-Identifier: Apache-2.0
"""An HTTP origin over a folder that is far away: each request waits, and all share a line of limited speed."""

import asyncio
import os
import threading
import time
import urllib.parse


class DistantOrigin:
    """Serves ranges of the folder's files. `requests` tells what was asked for.

    With `quiet` seconds it serves in rounds instead: what is asked for waits until nothing new has come for so long, and is then
    answered at once. `rounds` of them are requests one after the other, however many went side by side.
    """

    def __init__(self, folder, delay=0.030, speed=50e6, quiet=None):
        self.folder, self.delay, self.speed, self.quiet = folder, delay, speed, quiet
        self.requests, self.free, self.rounds = [], 0.0, 0
        self.latest, self.gate = 0.0, None
        self.loop = asyncio.new_event_loop()
        started = threading.Event()
        threading.Thread(target=self.run, args=(started,), daemon=True).start()
        started.wait()

    def run(self, started):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        started.set()
        self.loop.run_forever()

    def reset(self):
        self.requests, self.rounds = [], 0

    @property
    def bytes(self):
        return sum(request["bytes"] for request in self.requests)

    async def wait(self):
        """The time that a request takes before it is answered."""
        if not self.quiet:
            return await asyncio.sleep(self.delay)
        self.latest = time.perf_counter()
        if not self.gate:
            self.gate = asyncio.ensure_future(self.round())
        await self.gate

    async def round(self):
        while (left := self.latest + self.quiet - time.perf_counter()) > 0:
            await asyncio.sleep(left)
        self.rounds, self.gate = self.rounds + 1, None

    async def serve(self, reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                method, path, _ = head.split(b" ", 2)
                headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
                await self.answer(writer, method, urllib.parse.unquote(path.decode()), headers)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def answer(self, writer, method, path, headers):
        file = os.path.join(self.folder, path.lstrip("/"))
        await self.wait()
        if not os.path.isfile(file):
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return await writer.drain()
        status = os.stat(file)
        tag = f'"{status.st_mtime_ns:x}-{status.st_size:x}"'
        first, last, code = 0, status.st_size - 1, "200 OK"
        if (spec := headers.get(b"range", b"")).startswith(b"bytes="):
            low, high = spec[6:].decode().split("-")
            first, last, code = int(low), min(int(high or last), last), "206 Partial Content"
        extra = f"Content-Range: bytes {first}-{last}/{status.st_size}\r\n" if code[0:3] == "206" else ""
        writer.write(f"HTTP/1.1 {code}\r\nContent-Length: {last - first + 1}\r\nETag: {tag}\r\nAccept-Ranges: bytes\r\n"
                     f"{extra}\r\n".encode())
        if method == b"GET":
            await self.body(writer, file, first, last + 1)
        await writer.drain()

    async def body(self, writer, file, first, end):
        self.requests.append({"first": first, "bytes": end - first})
        with open(file, "rb") as content:
            content.seek(first)
            while first < end:
                part = content.read(min(65536, end - first))
                first += len(part)
                # The line is taken by one part after the other, whosever they are.
                self.free = max(self.free, time.perf_counter()) + len(part) / self.speed
                writer.write(part)
                if self.quiet:
                    continue
                if (pause := self.free - time.perf_counter()) > 0.002:
                    await asyncio.sleep(pause)
