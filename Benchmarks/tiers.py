# SPDX-License-Identifier: Apache-2.0
"""What a tile costs by where a node finds it: rendered, on disk, in Redis, in memory; beside reading a file of the same bytes."""

import os
import shutil
import subprocess
import tempfile
import time

from common import BOOK, Node, cpu_seconds, row

PAGES = range(2, 102)


def paths(version):
    return [f"/iiif/book.pdf@{version}/{page}/0,0,1024,1024/512,512/0/default.png" for page in PAGES]


def version(node):
    headers, _ = node.get("/iiif/book.pdf/1/full/100,/0/default.png")
    _, structure = node.get("/documents/book.pdf/structure")
    return structure.split(b'"version":"')[1].split(b'"')[0].decode()


def asked(node, targets):
    """Milliseconds of each answer by where it came from, bodies, and processor time of the node for one of them."""
    times, bodies = {}, []
    before = cpu_seconds(node.process.pid)
    for path in targets:
        start = time.perf_counter()
        headers, body = node.get(path)
        layer = headers["Server-Timing"].split("cache;desc=")[1].split(",")[0]
        times.setdefault(layer, []).append((time.perf_counter() - start) * 1000)
        bodies.append(body)
    return times, bodies, (cpu_seconds(node.process.pid) - before) * 1000 / len(targets)


def show(name, wanted, times, cpu):
    if len(times.get(wanted, [])) < len(PAGES) // 2:
        print(f"left out: {name}; tiles came from {', '.join(times)}")
        return
    row(name, times[wanted], "ms")
    row("the node's processor for it, its workers not included", [cpu], "ms")


def tier(folder, wanted, *options):
    """Tiles through one node that keeps none in memory: the first time made, the second time found."""
    node = Node(folder, *options)
    try:
        targets = paths(version(node))
        times, bodies, cpu = asked(node, targets)
        show(f"rendered, before it is kept ({wanted})", "miss", times, cpu)
        # What is kept is written after the answer.
        time.sleep(1)
        times, again, cpu = asked(node, targets)
        assert again == bodies
        show(f"found: {wanted}", wanted, times, cpu)
        return bodies
    finally:
        node.stop()


def tiers():
    folder, kept = tempfile.mkdtemp(), tempfile.mkdtemp()
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    bodies = tier(folder, "disk", "--tile-cache-dir", kept)
    for number, body in enumerate(bodies):
        with open(os.path.join(kept, str(number)), "wb") as file:
            file.write(body)
    reads = []
    for number in range(len(bodies)):
        start = time.perf_counter()
        with open(os.path.join(kept, str(number)), "rb") as file:
            file.read()
        reads.append((time.perf_counter() - start) * 1000)
    row("a plain file of the same bytes, read", reads, "ms")
    redis = shutil.which("redis-server")
    if not redis:
        print("left out: redis-server is not there (scripts/bootstrap test)")
        return
    server = subprocess.Popen(
        [redis, "--port", "18995", "--save", "", "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL)
    try:
        time.sleep(0.5)
        tier(folder, "shared", "--tile-cache-redis", "redis://127.0.0.1:18995/0")
    finally:
        server.terminate()
        server.wait()
    shutil.rmtree(folder)
    shutil.rmtree(kept)
