# SPDX-License-Identifier: Apache-2.0
"""A node under full load, a very large document, and a thousand small ones."""

import http.client
import json
import os
import shutil
import socket
import statistics
import tempfile
import threading
import time

import distant
from common import BOOK, Node, corpus, cpu_seconds, private_bytes, server_timing
from render import Page

MEGABYTE = 1 << 20


# MARK: A node with two workers under full load


class Saturation:
    """Connections that ask a node for one tile after another until the time is over."""

    def __init__(self, node, paths, connections, seconds):
        self.host, self.port = node.host.split(":")
        self.paths, self.end = paths, time.perf_counter() + seconds
        self.next, self.rendering, self.count = 0, 0.0, 0
        self.lock = threading.Lock()
        threads = [threading.Thread(target=self.ask) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def ask(self):
        # A socket by hand: http.client would take as much of the processors as the node itself.
        connection = socket.create_connection((self.host, int(self.port)))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = bytearray(MEGABYTE)
        while time.perf_counter() < self.end:
            with self.lock:
                path = self.paths[self.next % len(self.paths)]
                self.next += 1
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            have = 0
            while (split := buffer.find(b"\r\n\r\n", 0, have)) < 0:
                have += self.receive(connection, memoryview(buffer)[have:])
            head = buffer[:split].decode()
            assert head.startswith("HTTP/1.1 200"), head
            headers = {line.split(": ", 1)[0].lower(): line.split(": ", 1)[1] for line in head.split("\r\n")[1:]}
            left = int(headers["content-length"]) - (have - split - 4)
            while left > 0:
                left -= self.receive(connection, memoryview(buffer)[: min(left, len(buffer))])
            timing = server_timing({"Server-Timing": headers["server-timing"]})
            with self.lock:
                self.rendering += timing["render"] + timing["encode"]
                self.count += 1
        connection.close()

    @staticmethod
    def receive(connection, view):
        count = connection.recv_into(view)
        assert count, "the node closed the connection"
        return count


def machine_seconds():
    """Processor seconds that all of this machine has been busy, without waiting for disks."""
    with open("/proc/stat") as file:
        user, nice, system, _, _, interrupt, soft, *_ = map(int, file.readline().split()[1:])
    return (user + nice + system + interrupt + soft) / os.sysconf("SC_CLK_TCK")


def busy():
    """What part of the processors the workers of a saturated node have; what the client and others take is not counted.

    Two documents at least, as a node has: each worker then holds its own.
    """
    folder = tempfile.mkdtemp()
    for copy in range(4):
        shutil.copy(BOOK, os.path.join(folder, f"book-{copy}.pdf"))
    page = Page(BOOK, 300)
    kinds = {"text tiles, 1 to 3 ms each": [
        page.path(f"book-{copy}.pdf", number, piece)
        for number in range(300, 330) for copy in range(4) for piece in page.pieces(512) if piece[2] == 512]}
    dense = corpus("bench/plan.pdf", "bench/ecg.pdf", "bench/map.pdf", "bench/scan-layers.pdf")
    if dense:
        for path in dense:
            shutil.copy(path, folder)
        tiles = [[Page(path, 1).path(os.path.basename(path), 1, piece) for piece in Page(path, 1).pieces(512)]
                 for path in dense]
        kinds["tiles of plan, ECG, map and scan in layers"] = [
            tiles[turn % 4][turn // 4 % len(tiles[turn % 4])] for turn in range(120)]
    print(f"{'':<45} {'tiles/s':>8} {'workers':>8} {'node':>6} {'client':>7} {'others':>7} {'share':>7} {'of Recto':>9}")
    for title, paths in kinds.items():
        for connections in (4, 16):
            node = Node(folder, workers=2)
            Saturation(node, paths, connections, 1)
            begin = time.perf_counter()
            before = consumption(node)
            done = Saturation(node, paths, connections, 8)
            wall = time.perf_counter() - begin
            workers, own, client, everything = (b - a for a, b in zip(before, consumption(node)))
            node.stop()
            others = max(0, everything - workers - own - client)
            available = os.cpu_count() * wall - client - others
            cores = os.cpu_count() * wall / 100
            print(f"{title + f', {connections} conn.':<45} {done.count / wall:8.0f} {workers / cores:7.1f}%"
                  f" {own / cores:5.1f}% {client / cores:6.1f}% {others / cores:6.1f}% {workers / available:7.1%}"
                  f" {workers / (workers + own):9.1%}")
    shutil.rmtree(folder)


def consumption(node):
    """Processor seconds so far: workers, the node's own process, this process, the machine."""
    workers = sum(cpu_seconds(worker) for worker in node.workers())
    return workers, cpu_seconds(node.process.pid), time.process_time(), machine_seconds()


# MARK: Large and many documents


def ranges():
    """What is read of a document of 155 MB for one page in its middle, and what small documents take while open."""
    large_document()
    small_documents()


def large_document():
    path = distant.large_document()
    if not path:
        return
    size = os.path.getsize(path)
    folder = tempfile.mkdtemp()
    shutil.copy(path, folder)
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    print(f"{f'document of {size / 1e6:.1f} MB, 70 pages':<58} {'read, MB':>9} {'%':>6} {'held, MB':>9} {'peak, MB':>9}")
    for title, request in [
        ("opened (info.json of page 1)", "1/info.json"),
        ("page 35, whole, 842 pixels high", "35/full/,842/0/default.png"),
        ("page 35, one tile of 512 pixels", "35/512,1024,1024,1024/512,512/0/default.png"),
    ]:
        read, held, peak = [], [], []
        for _ in range(3):
            node = Node(folder)
            # The worker's libraries, fonts and buffers are there before.
            node.get("/iiif/book.pdf/5/0,0,1024,1024/512,512/0/default.png")
            worker = max(node.workers(), key=cpu_seconds)
            with open(f"/proc/{worker}/clear_refs", "w") as file:
                file.write("5")
            bytes_before, before, top = archive_bytes(node), private_bytes(worker), highest(worker)
            node.get(f"/iiif/large.pdf/{request}")
            read.append(archive_bytes(node) - bytes_before)
            held.append(private_bytes(worker) - before)
            peak.append(highest(worker) - top)
            node.stop()
        read, held, peak = (statistics.median(values) for values in (read, held, peak))
        print(f"{title:<58} {read / 1e6:9.2f} {100 * read / size:6.2f} {held / MEGABYTE:9.1f} {peak / MEGABYTE:9.1f}")
    shutil.rmtree(folder)


def small_documents():
    """A thousand documents under 64 KiB, open at once in one worker, then closed."""
    found = corpus("pdf")
    if not found:
        return
    small = [os.path.join(found[0], name) for name in sorted(os.listdir(found[0]))]
    small = [path for path in small if os.path.getsize(path) < 64 << 10 and opens(path)]
    folder = tempfile.mkdtemp()
    for index in range(1000):
        shutil.copy(small[index % len(small)], os.path.join(folder, f"{index}.pdf"))
    node = Node(folder, "--worker-memory", "2048")
    growth, opened = [], 0
    node.get("/iiif/0.pdf/1/info.json")
    message(node, "POST", "/cluster/purge", {"document": "0.pdf"})
    start, resident_start = allocated(node)[1], private_bytes(max(node.workers(), key=cpu_seconds))
    for index in range(1000):
        before = allocated(node)[1]
        if try_info(node, f"{index}.pdf"):
            opened += 1
            growth.append(allocated(node)[1] - before)
    worker = max(node.workers(), key=cpu_seconds)
    documents, full = allocated(node)
    resident_full = private_bytes(worker)
    for index in range(1000):
        message(node, "POST", "/cluster/purge", {"document": f"{index}.pdf"})
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    # The report of the next job says what is left.
    node.get("/iiif/book.pdf/1/info.json")
    left_documents, left = allocated(node)
    message(node, "POST", "/cluster/purge", {"document": "book.pdf"})
    print(f"\n1,000 documents under 64 KiB in one worker: {opened} opened, {documents} held at once at the end")
    print(f"  each, by malloc: median {statistics.median(growth) / 1024:.0f} KiB, mean"
          f" {statistics.mean(growth) / 1024:.0f} KiB, most {max(growth) / 1024:.0f} KiB")
    print(f"  all: {(full - start) / MEGABYTE:.1f} MB by malloc, the worker's own memory"
          f" {resident_start / MEGABYTE:.0f} MB before and {resident_full / MEGABYTE:.0f} MB after")
    print(f"  after closing them: {(left - start) / MEGABYTE:.1f} MB by malloc with {left_documents} document open,"
          f" {private_bytes(worker) / MEGABYTE:.0f} MB")
    node.stop()
    shutil.rmtree(folder)


def opens(path):
    """Those that need a password are left out."""
    import pypdfium2

    try:
        pypdfium2.PdfDocument(path).close()
        return True
    except pypdfium2.PdfiumError:
        return False


def try_info(node, document):
    connection = http.client.HTTPConnection(node.host)
    connection.request("GET", f"/iiif/{document}/1/info.json")
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status == 200


def message(node, method, path, body=None):
    """One message over the node's cluster port."""
    connection = http.client.HTTPConnection(node.cluster)
    connection.request(method, path, json.dumps(body) if body else None, {"Recto-Cluster-Secret": node.secret})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    assert response.status == 200, (path, response.status, answer)
    return json.loads(answer)


def allocated(node):
    """Open documents, and bytes that malloc has handed out in the workers, after their last job."""
    state = message(node, "GET", "/cluster/state")
    return state["openDocuments"], state["workerBytes"]


def archive_bytes(node):
    return sum(value for name, value in node.metrics().items() if name.startswith("recto_archive_bytes_total"))


def highest(process):
    """The most memory that was resident since the mark was reset."""
    with open(f"/proc/{process}/status") as file:
        return next(int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM"))
