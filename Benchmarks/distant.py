# SPDX-License-Identifier: Apache-2.0
"""What a document costs that lies far away: 30 ms a request, 50 MB/s."""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from common import BOOK, CACHE, Node, corpus
from origin import DistantOrigin

PRIVATE = "--archive-allow-private"


def ranges_remote():
    """Time, requests in a row and bytes to the first page of a large document, to one in its middle, and of a small one."""
    folder = tempfile.mkdtemp()
    shutil.copy(BOOK, os.path.join(folder, "book.pdf"))
    steps = [("book.pdf", 1), ("book.pdf", 300)]
    if large := large_document():
        os.symlink(large, os.path.join(folder, "large.pdf"))
        steps = [("large.pdf", 1), ("large.pdf", 35), *steps]
    in_a_row = {step: figures[-1] for step, figures in journey(folder, steps, quiet=0.2).items()}
    found = {step: [] for step in steps}
    for _ in range(5):
        for step, figures in journey(folder, steps).items():
            found[step].append(figures)
    print(f"{'':<44} {'ms':>8} {'in a row':>9} {'requests':>9} {'MB':>7} {'%':>6}")
    for (name, page), figures in found.items():
        size = os.path.getsize(os.path.join(folder, name))
        milliseconds, requests, count, _ = (statistics.median(column) for column in zip(*figures))
        title = f"{name} of {size / 1e6:.1f} MB, page {page}, 1200 wide"
        print(f"{title:<44} {milliseconds:8.0f} {in_a_row[name, page]:9.0f} {requests:9.0f} {count / 1e6:7.2f} {100 * count / size:6.2f}")
    shutil.rmtree(folder)


def journey(folder, steps, quiet=None):
    """One node with an empty cache, asked for one page after the other. A step's figures: ms, requests, bytes, rounds."""
    origin = DistantOrigin(folder, quiet=quiet)
    cache = tempfile.mkdtemp()
    node = Node(origin.url, PRIVATE, "--block-cache", cache)
    figures = {}
    for name, page in steps:
        origin.reset()
        start = time.perf_counter()
        node.get(f"/iiif/{name}/{page}/full/1200,/0/default.jpg")
        milliseconds = (time.perf_counter() - start) * 1000
        figures[name, page] = milliseconds, len(origin.requests), origin.bytes, origin.rounds
    node.stop()
    shutil.rmtree(cache)
    return figures


def large_document():
    """The document of 155 MB, made once; None where it cannot be made."""
    maker = corpus("bench/make-large.py")
    path = os.path.join(CACHE, "large.pdf")
    if os.path.exists(path) or not maker:
        return path if os.path.exists(path) else None
    os.makedirs(CACHE, exist_ok=True)
    if subprocess.run([sys.executable, maker[0], path + ".part"]).returncode:
        print("left out: the large document cannot be made (it needs numpy and pycairo)")
        return None
    os.rename(path + ".part", path)
    return path
