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
    """vips: decoded, on white, in sRGB; then boxes averaged (JPEG: reduced by the decoder first); upright at last."""

    def __init__(self, page):
        super().__init__(page)
        self.folder = tempfile.TemporaryDirectory(prefix="recto-vips-")
        self.decoded = {}

    def vips(self, operation, source, name, *arguments):
        """Runs an operation of vips and returns where its result lies."""
        target = os.path.join(self.folder.name, name)
        run = subprocess.run(["vips", operation, source, target, *map(str, arguments)], capture_output=True,
                             env={**os.environ, "VIPS_WARNING": "0"})
        if run.returncode != 0:
            raise NoPicture(run.stderr.decode(errors="replace").strip())
        return target

    @staticmethod
    def field(name, file):
        """A field of a picture's header; values of enumerations in vips's long form."""
        run = subprocess.run(["vipsheader", "-f", name, file], capture_output=True, text=True)
        return run.stdout.strip() if run.returncode == 0 else None

    def decode(self, shrink):
        """In sRGB on white, 8 bits; as stored, so not yet upright."""
        options = {"image/tiff": f"[page={self.page.page - 1}]", "image/jpeg": f"[shrink={shrink}]"}
        picture = self.vips("copy", self.page.file + options.get(self.page.kind, ""), "loaded.v")
        cmyk = "CMYK" in self.field("interpretation", picture)
        bands = int(self.field("bands", picture))
        if bands in ((5,) if cmyk else (2, 4)):
            deep = "USHORT" in self.field("format", picture)
            paper = 0 if cmyk else 65535 if deep else 255
            picture = self.vips("flatten", picture, "flat.v", "--background", paper, "--max-alpha", 65535 if deep else 255)
        if cmyk or self.field("icc-profile-data", picture):
            profile = ["--input-profile", "cmyk"] if cmyk else []
            try:
                picture = self.vips("icc_transform", picture, "coloured.v", "srgb", "--embedded", *profile)
            except NoPicture:
                picture = self.vips("colourspace", picture, "coloured.v", "srgb")
        else:
            picture = self.vips("colourspace", picture, "coloured.v", "srgb")
        return self.vips("cast", picture, f"decoded-{shrink}.v", "uchar")

    def whole(self, scale):
        load = scale.factor if self.page.kind == "image/jpeg" and scale.factor in (2, 4, 8) else 1
        if load not in self.decoded:
            self.decoded[load] = self.decode(load)
        picture = self.decoded[load]
        if scale.factor > load:
            picture = self.vips("shrink", picture, "shrunk.v", scale.factor, scale.factor, "--ceil")
        picture = self.vips("pngsave", self.vips("autorot", picture, "upright.v"), "out.png", "--compression", 1)
        with open(picture, "rb") as file:
            result = decode(file.read())
        short = (scale.size[1] - result.shape[0], scale.size[0] - result.shape[1])
        # What a decoder reduces lacks the last column or row that is not whole; the rest can be compared.
        upright = self.field("orientation", self.decoded[load]) in (None, "1")
        if short != (0, 0) and not (load > 1 and upright and max(short) <= 1 and min(short) >= 0):
            raise NoPicture(f"vips makes it {result.shape[1]} × {result.shape[0]}, not {scale.size[0]} × {scale.size[1]}")
        return result

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
