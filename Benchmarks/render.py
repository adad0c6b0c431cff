# SPDX-License-Identifier: Apache-2.0
"""Tiles of parsed pages inside the worker, beside PDFium's bare call and the best encoder at hand."""

import ctypes
import math
import os
import shutil
import statistics
import tempfile
import time

from common import Node, corpus, png_rival

TILE = 512
ROUNDS = 5
PAGES = [
    ("text paper", "pdf/paper-tracemonkey.pdf", 1),
    ("book page, coloured links", "pdf/book-octave-manual.pdf", 310),
    ("book page, grey", "pdf/book-octave-manual.pdf", 302),
    ("engineering plan", "bench/plan.pdf", 1),
    ("12-lead ECG", "bench/ecg.pdf", 1),
    ("scan with OCR text", "bench/scan-ocr.pdf", 3),
    ("scan in layers", "bench/scan-layers.pdf", 1),
    ("images with soft masks", "bench/images-soft-masks.pdf", 1),
    ("dense map", "bench/map.pdf", 1),
]
MAP = PAGES[-1]


class Page:
    """A parsed page in this process, at the scale factor whose height is nearest to 2048 pixels."""

    def __init__(self, path, number):
        import pypdfium2

        self.document = pypdfium2.PdfDocument(path)
        self.page = self.document[number - 1]
        # As the service announces it: four pixels a point.
        self.full = [max(1, round(side * 4)) for side in (self.page.get_width(), self.page.get_height())]
        self.factor = min((1, 2, 4, 8), key=lambda factor: abs(self.full[1] / factor - 2048))
        self.width, self.height = (math.ceil(side / self.factor) for side in self.full)

    def pieces(self, side):
        """Left, top, width and height of the squares that cover the page, those at the edges smaller."""
        return [
            (x, y, min(side, self.width - x), min(side, self.height - y))
            for y in range(0, self.height, side) for x in range(0, self.width, side)
        ]

    def path(self, document, number, piece):
        """The same piece as an IIIF request for PNG."""
        x, y, width, height = piece
        left, top = x * self.factor, y * self.factor
        right, bottom = min(self.full[0], left + width * self.factor), min(self.full[1], top + height * self.factor)
        region = f"{left},{top},{right - left},{bottom - top}"
        return f"/iiif/{document}/{number}/{region}/{width},{height}/0/default.png"

    def draw(self, piece, buffer):
        """PDFium's bare call on a white buffer. Milliseconds of wall and processor time."""
        import pypdfium2.raw as pdfium

        x, y, width, height = piece
        wall, processor = time.perf_counter_ns(), time.thread_time_ns()
        bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, buffer, width * 4)
        pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
        pdfium.FPDF_RenderPageBitmap(bitmap, self.page.raw, -x, -y, self.width, self.height, 0, pdfium.FPDF_ANNOT)
        pdfium.FPDFBitmap_Destroy(bitmap)
        return (time.perf_counter_ns() - wall) / 1e6, (time.thread_time_ns() - processor) / 1e6


def render():
    """Each tile in turns: ours through a node without a cache (Server-Timing), PDFium and the rival encoder here.

    The sums over a page's tiles are of each tile's median and of each tile's best; the best of five is what other work
    on the machine disturbs least.
    """
    paths = corpus(*[name for _, name, _ in PAGES])
    if not paths:
        return
    encode = png_rival()
    folder = tempfile.mkdtemp()
    for path in set(paths):
        shutil.copy(path, folder)
    node = Node(folder)
    print(f"{'all tiles of a page, ms':<26} {'tiles':>5} {'PDFium':>8} {'encoder':>8} {'ours:':>8} {'drawing':>8}"
          f" {'encoding':>8} {'ratio':>6} {'(best)':>7} {'KB':>6} {'rival':>6}")
    for (title, _, number), path in zip(PAGES, paths):
        name, page = os.path.basename(path), Page(path, number)
        buffer = (ctypes.c_uint8 * (TILE * TILE * 4))()
        out = (ctypes.c_uint8 * (TILE * TILE * 4 + 4096))()
        tiles = page.pieces(TILE)
        samples = []
        size, rival_size = 0, 0
        for tile in tiles:
            request = page.path(name, number, tile)
            node.get(request)
            page.draw(tile, buffer)
            runs = []
            for _ in range(ROUNDS):
                drawing, encoding, length = node.timed(request)
                bare, _ = page.draw(tile, buffer)
                start = time.perf_counter_ns()
                rival_length = encode(buffer, tile[2], tile[3], out, len(out))
                runs.append((bare, (time.perf_counter_ns() - start) / 1e6, drawing, encoding))
            samples.append(runs)
            size += length
            rival_size += rival_length

        def total(pick):
            return [sum(pick([run[column] for run in runs]) for runs in samples) for column in range(4)]

        median, best = total(statistics.median), total(min)
        print(f"{title:<26} {len(tiles):>5} {median[0]:8.1f} {median[1]:8.1f} {'':>8} {median[2]:8.1f} {median[3]:8.1f}"
              f" {sum(median[2:]) / sum(median[:2]):6.2f} {sum(best[2:]) / sum(best[:2]):7.2f}"
              f" {size / 1024:6.0f} {rival_size / 1024:6.0f}")
    pieces(node, corpus(MAP[1])[0])
    node.stop()
    shutil.rmtree(folder)


def pieces(node, path):
    """The densest page in squares of several sizes, through the worker, against PDFium's whole page in one piece."""
    name, page = os.path.basename(path), Page(path, 1)
    whole = (ctypes.c_uint8 * (page.width * page.height * 4))()
    samples = {512: [], 1024: [], 2048: [], "PDFium": []}
    encoding = {512: [], 1024: [], 2048: []}
    for _ in range(ROUNDS):
        samples["PDFium"].append(page.draw((0, 0, page.width, page.height), whole)[0])
        for side in (512, 1024, 2048):
            timed = [node.timed(page.path(name, 1, piece)) for piece in page.pieces(side)]
            samples[side].append(sum(drawing for drawing, _, _ in timed))
            encoding[side].append(sum(encoding for _, encoding, _ in timed))
    bare = statistics.median(samples["PDFium"])
    print(f"\n{'dense map, the whole page of ' + str(page.width) + ' × ' + str(page.height):<58} {'median':>8} {'min':>8}")
    print(f"{'PDFium in one piece':<58} {bare:8.1f} {min(samples['PDFium']):8.1f}")
    for side in encoding:
        drawing = statistics.median(samples[side])
        print(f"{f'ours, drawn in squares of {side}':<58} {drawing:8.1f} {min(samples[side]):8.1f}"
              f"  ratio {drawing / bare:.2f} (best {min(samples[side]) / min(samples['PDFium']):.2f})")
        print(f"{'  encoding on top':<58} {statistics.median(encoding[side]):8.1f} {min(encoding[side]):8.1f}")
