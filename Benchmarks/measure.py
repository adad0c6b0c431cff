# SPDX-License-Identifier: Apache-2.0
"""Measures the built programs over real HTTP, beside what others do, in one run.

Every figure is the median of several runs, with the lowest and the highest. Rival and product take turns, so that a
change of the machine's speed meets both.
"""

import http.client
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

from cached import cached
from common import BOOK, PROGRAM, Cluster, load, row
from connections import connections
from distant import ranges_remote
from forwarding import forwarding
from large import busy, ranges
from pictures import raster
from render import render

WIDTH = 800


def first_page():
    """The preview event's last byte against opening the file and rendering page 1 in a warm process."""
    import pypdfium2

    folder = tempfile.mkdtemp()
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    cluster = Cluster(folder)
    ours, rival, rival_png, whole = [], [], [], []

    def pypdfium(encode):
        start = time.perf_counter()
        document = pypdfium2.PdfDocument(BOOK)
        page = document[0]
        bitmap = page.render(scale=WIDTH / page.get_width())
        if encode:
            import io
            bitmap.to_pil().save(io.BytesIO(), "PNG")
        took = (time.perf_counter() - start) * 1000
        document.close()
        return took

    pypdfium(True)
    for run in range(21):
        # A cold document in a warm cluster: nothing of it is open or cached.
        cluster.purge("book.pdf")
        connection = http.client.HTTPConnection(cluster.host)
        connection.connect()
        start = time.perf_counter()
        connection.request("GET", f"/documents/book.pdf/structure?width={WIDTH}")
        response = connection.getresponse()
        while True:
            event = json.loads(response.readline())
            if event["event"] == "preview":
                preview = (time.perf_counter() - start) * 1000
            if event["event"] == "end":
                break
        everything = (time.perf_counter() - start) * 1000
        connection.close()
        if run > 0:
            ours.append(preview)
            whole.append(everything)
            rival.append(pypdfium(False))
            rival_png.append(pypdfium(True))
    cluster.stop()
    a = row("preview of page 1, last byte (document cold)", ours)
    b = row("pypdfium2: open and render page 1, warm process", rival, note=f"ratio {a / statistics.median(rival):.2f}")
    c = row("pypdfium2: the same and PNG by Pillow", rival_png, note=f"ratio {a / statistics.median(rival_png):.2f}")
    row("structure of all 1158 pages with outline", whole)
    shutil.rmtree(folder)
    return {"preview": a, "rival": b, "rival_png": c}


def tiles():
    """A warm text tile through router and node, one request at a time: not in the tile cache, and in it."""
    folder = tempfile.mkdtemp()
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    cluster = Cluster(folder)
    fresh, cached, render, encode = [], [], [], []
    for page in range(100, 140):
        # The page gets parsed, and another tile of it rendered.
        cluster.get(f"/iiif/book.pdf/{page}/0,0,1024,1024/64,64/0/default.png")
        path = f"/iiif/book.pdf/{page}/512,512,1024,1024/512,512/0/default.png"
        status, headers, body, took = cluster.get(path)
        assert status == 200 and "desc=miss" in headers["Server-Timing"], (status, headers["Server-Timing"])
        fresh.append(took)
        timing = dict(part.split(";dur=") for part in headers["Server-Timing"].split(", ") if ";dur=" in part)
        render.append(float(timing["render"]))
        encode.append(float(timing["encode"]))
        for _ in range(5):
            status, headers, body, took = cluster.get(path)
            assert status == 200 and "desc=memory" in headers["Server-Timing"]
            cached.append(took)
    cluster.stop()
    row("text tile 512 px PNG, page parsed, through router and node", fresh)
    row("  of which rendering", render)
    row("  of which encoding", encode)
    row("the same tile from the node's cache, through the router", cached)
    shutil.rmtree(folder)


def start():
    """From exec to addresses, and from exec of a node to its first tile."""
    folder = tempfile.mkdtemp()
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    whole = []
    for _ in range(7):
        begin = time.perf_counter()
        cluster = Cluster(folder)
        whole.append((time.perf_counter() - begin) * 1000)
        cluster.stop()
    row("recto serve: from exec to all members ready", whole)

    node = []
    environment = dict(os.environ, RECTO_CLUSTER_SECRET="a secret for the benchmark only")
    for _ in range(7):
        begin = time.perf_counter()
        process = subprocess.Popen(
            [PROGRAM, "node", "--archive", folder, "--port", "0", "--cluster-port", "0", "--join", "127.0.0.1:1",
             "--id", "node-1", "--log", "json"], env=environment, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        while True:
            line = process.stderr.readline()
            if b'"listening"' in line:
                break
        address = urllib.parse.urlsplit(json.loads(line)["url"]).netloc
        connection = http.client.HTTPConnection(address)
        connection.request("GET", "/iiif/book.pdf/5/0,0,1024,1024/512,512/0/default.png")
        response = connection.getresponse()
        response.read()
        assert response.status == 200
        node.append((time.perf_counter() - begin) * 1000)
        process.send_signal(signal.SIGKILL)
        process.wait()
    row("recto node: from exec to its first tile", node)
    shutil.rmtree(folder)


def search():
    """Searching a book of 1158 pages against PDFium extracting the text of all of them."""
    import pypdfium2

    folder = tempfile.mkdtemp()
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    cluster = Cluster(folder)

    def ours(query):
        connection = http.client.HTTPConnection(cluster.host)
        connection.connect()
        start = time.perf_counter()
        connection.request("GET", f"/documents/book.pdf/search?q={urllib.parse.quote(query)}")
        response = connection.getresponse()
        first = None
        for line in response:
            if first is None and b'"hit"' in line:
                first = (time.perf_counter() - start) * 1000
        everything = (time.perf_counter() - start) * 1000
        connection.close()
        return first, everything

    def pypdfium():
        start = time.perf_counter()
        document = pypdfium2.PdfDocument(BOOK)
        for page in document:
            text = page.get_textpage()
            text.get_text_range()
            text.close()
            page.close()
        document.close()
        return (time.perf_counter() - start) * 1000

    firsts, whole, cold, rival = [], [], [], []
    ours("matrix")
    for _ in range(7):
        first, everything = ours("singular value decomposition")
        whole.append(everything)
        rival.append(pypdfium())
        firsts.append(ours("matrix")[0])
        cluster.purge("book.pdf")
        cold.append(ours("matrix")[0])
    cluster.stop()
    row("first hit, word on page 3", firsts)
    row("first hit, word on page 3, document not open", cold)
    search_all = row("search of all pages, few hits", whole)
    extract_all = row("pypdfium2: text of all pages", rival)
    print(f"{'ratio':<58} {search_all / extract_all:8.2f}")
    shutil.rmtree(folder)


TASKS = {
    "first-page": first_page, "tiles": tiles, "start": start, "search": search, "render": render, "busy": busy,
    "ranges": ranges, "ranges-remote": ranges_remote, "raster": raster, "cached": cached, "forwarding": forwarding,
    "connections": connections,
}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(TASKS)
    if not set(wanted) <= set(TASKS):
        sys.exit(f"there are: {', '.join(TASKS)}")
    for name in wanted:
        print(f"\n{name + ', ' + load():<58} {'median':>8} {'min':>8} {'max':>8}")
        TASKS[name]()
