# SPDX-License-Identifier: Apache-2.0
"""What the engines themselves draw: PDFium through pypdfium2, rsvg-convert, vips."""

import io
import logging
import os
import subprocess
import tempfile

import numpy
import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

import cluster

Image.MAX_IMAGE_PIXELS = None
# It has no XFA and says so for each form that has both kinds.
logging.getLogger("pypdfium2").setLevel(logging.ERROR)
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
        self.orientation = "1"

    def vips(self, operation, source, name, *arguments):
        """Runs an operation of vips and returns where its result lies."""
        target = os.path.join(self.folder.name, name)
        run = subprocess.run(["vips", operation, source, target, *map(str, arguments)], capture_output=True,
                             env={**os.environ, "VIPS_WARNING": "0"})
        if run.returncode != 0:
            raise NoPicture(run.stderr.decode(errors="replace").strip())
        return target

    @staticmethod
    def header(file):
        """The fields of a picture's header. One process for all of them: starting vips is what takes the time."""
        run = subprocess.run(["vipsheader", "-a", file], capture_output=True, text=True, errors="replace")
        lines = [line.split(": ", 1) for line in run.stdout.splitlines() if ": " in line]
        return {line[0]: line[1] for line in lines}

    def decode(self, shrink):
        """In sRGB on white, 8 bits; as stored, so not yet upright."""
        options = {"image/tiff": f"[page={self.page.page - 1}]", "image/jpeg": f"[shrink={shrink}]"}
        picture = self.vips("copy", self.page.file + options.get(self.page.kind, ""), "loaded.v")
        header = self.header(picture)
        self.orientation = header.get("orientation", "1")
        cmyk, deep = header["interpretation"] == "cmyk", header["format"] == "ushort"
        if int(header["bands"]) in ((5,) if cmyk else (2, 4)):
            paper = 0 if cmyk else 65535 if deep else 255
            picture = self.vips("flatten", picture, "flat.v", "--background", paper, "--max-alpha", 65535 if deep else 255)
        coloured = None
        if cmyk or "icc-profile-data" in header:
            profile = ["--input-profile", "cmyk"] if cmyk else []
            try:
                coloured = self.vips("icc_transform", picture, "coloured.v", "srgb", "--embedded", *profile)
            except NoPicture:
                pass
        if coloured is None:
            coloured = picture
            if header["interpretation"] not in ("srgb", "b-w") or header["format"] != "uchar":
                coloured = self.vips("colourspace", picture, "coloured.v", "srgb")
                if header["format"] not in ("uchar", "ushort"):
                    coloured = self.vips("cast", coloured, "cast.v", "uchar")
        decoded = os.path.join(self.folder.name, f"decoded-{shrink}.v")
        os.replace(coloured, decoded)
        return decoded

    def whole(self, scale):
        load = scale.factor if self.page.kind == "image/jpeg" and scale.factor in (2, 4, 8) else 1
        if load not in self.decoded:
            self.decoded[load] = self.decode(load)
        picture = self.decoded[load]
        if scale.factor > load:
            picture = self.vips("shrink", picture, "shrunk.v", scale.factor, scale.factor, "--ceil")
        if self.orientation != "1":
            picture = self.vips("autorot", picture, "upright.v")
        picture = self.vips("pngsave", picture, "out.png", "--compression", 1)
        with open(picture, "rb") as file:
            result = decode(file.read())
        short = (scale.size[1] - result.shape[0], scale.size[0] - result.shape[1])
        # What a decoder reduces lacks the last column or row that is not whole; the rest can be compared.
        upright = self.orientation == "1"
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
