# SPDX-License-Identifier: Apache-2.0
"""A small tile server on pypdfium2, as somebody would write it who cares for speed: the rival of `make bench-peers`.

An ASGI application without a framework, for uvicorn with uvloop and httptools and a few processes. It draws with PDFium's
bare call into a buffer that is kept, writes grey tiles as grey PNG, and draws on the event loop's own thread: handing work
to another thread would cost more, and a process draws one tile at a time either way (PDFium allows no more).

  RECTO_PEER_FOLDER   the documents
  RECTO_PEER_OPEN     documents that each process keeps open, with as many parsed pages of each as TILES_PAGES; 0: every
                      request opens its document and closes it again
  RECTO_PEER_CACHE    megabytes of finished tiles that each process keeps; 0: none

Paths are those of the product's own viewer: /iiif/{document}/{page}/{x,y,w,h|full}/{w,h}/0/default.{png|jpg}.
"""

import collections
import ctypes
import io
import math
import os
import urllib.parse

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

FOLDER = os.environ["RECTO_PEER_FOLDER"]
OPEN = int(os.environ.get("RECTO_PEER_OPEN", "64"))
CACHE = int(os.environ.get("RECTO_PEER_CACHE", "0")) << 20
PAGES = 64
# As the product announces it: four pixels a point.
PIXELS_PER_POINT = 4
# zlib's level whose files are nearest in size to the product's; the product's JPEG quality.
PNG_LEVEL, JPEG_QUALITY = 1, 80
MOST_PIXELS = 1024 * 1024
BUFFER = (ctypes.c_uint8 * (MOST_PIXELS * 4))()
TYPES = {"png": b"image/png", "jpg": b"image/jpeg"}


class LRU(collections.OrderedDict):
    """The most recently used, up to a sum of costs; `leave` is told what goes."""

    def __init__(self, most, leave):
        super().__init__()
        self.most, self.leave, self.sum = most, leave, 0

    def find(self, key):
        entry = self.get(key)
        if entry is None:
            return None
        self.move_to_end(key)
        return entry[0]

    def add(self, key, value, cost):
        self[key] = (value, cost)
        self.sum += cost
        while self.sum > self.most and len(self) > 1:
            _, (old, its_cost) = self.popitem(last=False)
            self.sum -= its_cost
            self.leave(old)


class Document:
    """An open document with its parsed pages."""

    def __init__(self, name):
        self.document = pypdfium2.PdfDocument(os.path.join(FOLDER, name))
        self.pages = LRU(PAGES, lambda page: page.close())

    def page(self, number):
        page = self.pages.find(number)
        if page is None:
            page = self.document[number - 1]
            self.pages.add(number, page, 1)
        return page

    def close(self):
        for page, _ in self.pages.values():
            page.close()
        self.document.close()


documents = LRU(max(1, OPEN), Document.close)
tiles = LRU(CACHE, lambda body: None)


def draw(page, region, width, height):
    """A picture of the region, `width` by `height`."""
    full = [max(1, round(side * PIXELS_PER_POINT)) for side in (page.get_width(), page.get_height())]
    x, y, w, h = (0, 0, *full) if region == "full" else map(int, region.split(","))
    # Edges are rounded up to whole pixels, so the reduction is the whole number that is not below either ratio.
    reduction = max(math.ceil(w / width), math.ceil(h / height))
    whole = [math.ceil(side / reduction) for side in full]
    bitmap = pdfium.FPDFBitmap_CreateEx(width, height, pdfium.FPDFBitmap_BGRx, BUFFER, width * 4)
    pdfium.FPDFBitmap_FillRect(bitmap, 0, 0, width, height, 0xFFFFFFFF)
    pdfium.FPDF_RenderPageBitmap(
        bitmap, page.raw, -(x // reduction), -(y // reduction), *whole, 0, pdfium.FPDF_ANNOT)
    pdfium.FPDFBitmap_Destroy(bitmap)
    return Image.frombuffer("RGB", (width, height), BUFFER, "raw", "BGRX", width * 4, 1)


def encode(image, kind):
    out = io.BytesIO()
    if kind == "jpg":
        image.save(out, "JPEG", quality=JPEG_QUALITY, subsampling="4:2:0")
        return out.getvalue()
    red, green, blue = image.split()
    if ImageChops.difference(red, green).getbbox() is None and ImageChops.difference(red, blue).getbbox() is None:
        image = red
    image.save(out, "PNG", compress_level=PNG_LEVEL)
    return out.getvalue()


def render(name, number, region, size, kind):
    width, height = map(int, size.split(","))
    if width * height > MOST_PIXELS:
        raise ValueError("too large")
    document = documents.find(name) if OPEN else None
    if document is None:
        document = Document(name)
        if OPEN:
            documents.add(name, document, 1)
    body = encode(draw(document.page(number), region, width, height), kind)
    if not OPEN:
        document.close()
    return body


def answer(path):
    """Status, type, what happened to the cache, and body."""
    if path == b"/process":
        return 200, b"text/plain", b"miss", str(os.getpid()).encode()
    body = tiles.find(path)
    kind = path[-3:].decode()
    if body is not None:
        return 200, TYPES[kind], b"hit", body
    try:
        _, _, name, number, region, size, _, _ = path.decode().split("/")
        body = render(urllib.parse.unquote(name), int(number), region, size, kind)
    except (OSError, ValueError, KeyError, IndexError, pypdfium2.PdfiumError) as error:
        return 404, b"text/plain", b"miss", str(error).encode()
    if CACHE:
        tiles.add(path, body, len(body))
    return 200, TYPES[kind], b"miss", body


async def application(scope, receive, send):
    if scope["type"] != "http":
        return
    status, kind, cache, body = answer(scope["raw_path"])
    await send({
        "type": "http.response.start", "status": status, "headers": [
            (b"content-type", kind), (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"public, max-age=31536000, immutable"), (b"server-timing", b"cache;desc=" + cache)]})
    await send({"type": "http.response.body", "body": body})
