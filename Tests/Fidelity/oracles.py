# SPDX-License-Identifier: Apache-2.0
"""What the engines themselves draw: PDFium through pypdfium2, rsvg-convert, vips."""

import ctypes
import io
import os
import subprocess
import tempfile

import numpy
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

import cluster

Image.MAX_IMAGE_PIXELS = None
# An oracle that draws a page whole stops here; at that scale the page has no oracle.
LARGEST_WHOLE = 80_000_000


class NoPicture(Exception):
    """The engine itself cannot draw this."""


def decode(data):
    return numpy.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


class PDFOracle:
    """PDFium: each part on a bitmap of its own, from the same origin."""

    def __init__(self, page):
        password = cluster.PASSWORDS.get(page.document)
        self.document = pypdfium2.PdfDocument(page.file, password=password)
        if self.document.get_formtype() != pdfium.FORMTYPE_NONE:
            self.document.init_forms()
        self.number = page.page - 1
        self.page = None
        self.factor = None

    def draw(self, scale, part):
        if self.factor != scale.factor:
            # PDFium keeps JPEG 2000 pictures at the size for which they were first wanted: begin afresh with each scale.
            if self.page:
                self.page.close()
            self.page = self.document[self.number]
            self.factor = scale.factor
        bitmap = pypdfium2.PdfBitmap.new_native(part.width, part.height, pdfium.FPDFBitmap_BGRx)
        bitmap.fill_rect((255, 255, 255, 255), 0, 0, part.width, part.height)
        place = (-part.x, -part.y, *scale.size, 0, pdfium.FPDF_ANNOT)
        pdfium.FPDF_RenderPageBitmap(bitmap, self.page, *place)
        if self.document.formenv:
            pdfium.FPDF_FFLDraw(self.document.formenv, bitmap, self.page, *place)
        return bitmap.to_numpy()[:, :, 2::-1].copy()

    def close(self):
        if self.page:
            self.page.close()
        self.document.close()


class WholePageOracle:
    """An engine that is asked for the whole page once a scale."""

    def __init__(self, page):
        self.page = page
        self.factor = None
        self.picture = None

    def draw(self, scale, part):
        if self.factor != scale.factor:
            if scale.size[0] * scale.size[1] > LARGEST_WHOLE:
                return None
            self.picture = self.whole(scale)
            self.factor = scale.factor
        return self.picture[part.y:part.y + part.height, part.x:part.x + part.width]

    def close(self):
        self.picture = None


class SVGOracle(WholePageOracle):
    def whole(self, scale):
        width, height = scale.size
        run = subprocess.run(
            ["rsvg-convert", "--width", str(width), "--height", str(height), "--background-color", "white",
             "--unlimited", self.page.file], capture_output=True)
        if run.returncode != 0:
            raise NoPicture(run.stderr.decode(errors="replace").strip())
        return decode(run.stdout)


class RasterOracle(WholePageOracle):
    """vips: decoded, upright, in sRGB, on white; then boxes averaged (or for JPEG, shrunk while it is decoded)."""

    def __init__(self, page):
        super().__init__(page)
        self.folder = tempfile.TemporaryDirectory(prefix="recto-vips-")
        self.base = None

    def vips(self, operation, *arguments):
        run = subprocess.run(["vips", operation, *map(str, arguments)], capture_output=True,
                             env={**os.environ, "VIPS_WARNING": "0", "G_MESSAGES_DEBUG": ""})
        if run.returncode != 0:
            raise NoPicture(run.stderr.decode(errors="replace").strip())

    def field(self, name, file):
        run = subprocess.run(["vipsheader", "-f", name, file], capture_output=True, text=True)
        return run.stdout.strip() if run.returncode == 0 else None

    def place(self, name):
        return os.path.join(self.folder.name, name)

    def load(self, shrink=1):
        kind = self.page.kind
        options = []
        if kind == "image/tiff":
            options.append(f"page={self.page.page - 1}")
        if kind == "image/jpeg" and shrink > 1:
            options.append(f"shrink={shrink}")
        source = self.page.file + (f"[{','.join(options)}]" if options else "")
        upright, coloured, flat = self.place("upright.v"), self.place("coloured.v"), self.place("flat.v")
        self.vips("autorot", source, upright)
        if self.field("icc-profile-data", upright):
            self.vips("icc_transform", upright, coloured, "srgb", "--embedded", "--intent", "relative",
                      "--black-point-compensation")
        else:
            self.vips("colourspace", upright, coloured, "srgb")
        if int(self.field("bands", coloured)) in (2, 4):
            self.vips("flatten", coloured, flat, "--background", "255")
        else:
            flat = coloured
        result = self.place("base.v")
        self.vips("cast", flat, result, "uchar")
        return result

    def whole(self, scale):
        factor = scale.factor
        if self.page.kind == "image/jpeg" and factor in (2, 4, 8):
            source = self.load(factor)
        else:
            if self.base is None or self.page.kind == "image/jpeg":
                self.base = self.load()
            source = self.base
            if factor > 1:
                shrunk = self.place("shrunk.v")
                self.vips("shrink", source, shrunk, factor, factor, "--ceil")
                source = shrunk
        target = self.place("out.png")
        self.vips("pngsave", source, target, "--compression", "1")
        with open(target, "rb") as file:
            picture = decode(file.read())
        if picture.shape[:2] != (scale.size[1], scale.size[0]):
            raise NoPicture(f"vips makes it {picture.shape[1]} × {picture.shape[0]}, not {scale.size}")
        return picture

    def close(self):
        super().close()
        self.folder.cleanup()


def oracle(page):
    """The oracle of a page's format, or None where there is none."""
    if page.kind == "application/pdf":
        return PDFOracle(page)
    if page.kind == "image/svg+xml":
        return SVGOracle(page)
    if page.kind.startswith("image/"):
        return RasterOracle(page)
    return None
