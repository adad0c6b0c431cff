# SPDX-License-Identifier: Apache-2.0
"""How alike two pictures are, and whether they differ along the borders of tiles."""

from dataclasses import dataclass

import numpy

# (largest difference of a channel that does not count, largest share of pixels that may differ by more).
FIDELITY = (2, 0.001)
SEAMS = {"application/pdf": (8, 0.002)}
SEAMS_ELSEWHERE = (1, 0.0)
# Rows or columns on each side of a border in which a seam would show.
BAND = 2
# PDFium puts a glyph on whole pixels, and one that begins left of or above a tile may land a pixel further. That is no cut:
# every pixel then still lies between the darkest and the lightest of its neighbours in the other picture. So much of a tile
# may lie outside.
CUT = 0.0015


def difference(one, other):
    """The largest difference of the three channels, by pixel."""
    return numpy.abs(one.astype(numpy.int16) - other.astype(numpy.int16)).max(axis=2)


@dataclass
class Measure:
    """Pixels that differ, out of how many, and by how much at most."""
    differing: int = 0
    pixels: int = 0
    largest: int = 0

    def add(self, differences, tolerance):
        self.differing += int((differences > tolerance).sum())
        self.pixels += differences.size
        self.largest = max(self.largest, int(differences.max(initial=0)))

    @property
    def share(self):
        return self.differing / self.pixels if self.pixels else 0.0


@dataclass
class Borders:
    """Differences beside borders of tiles and elsewhere, and what is cut there."""
    beside: int = 0
    beside_pixels: int = 0
    elsewhere: int = 0
    elsewhere_pixels: int = 0
    # The largest share of a tile that no shift by a pixel explains.
    cut: float = 0.0

    def add(self, differences, tolerance, inner, piece, tile):
        """`inner`: which sides of this tile (left, top, right, bottom) border on another tile."""
        bad = differences > tolerance
        band = numpy.zeros(bad.shape, bool)
        left, top, right, bottom = inner
        band[:, :BAND] |= left
        band[:, bad.shape[1] - BAND:] |= right
        band[:BAND] |= top
        band[bad.shape[0] - BAND:] |= bottom
        self.beside += int((bad & band).sum())
        self.beside_pixels += int(band.sum())
        self.elsewhere += int((bad & ~band).sum())
        self.elsewhere_pixels += int((~band).sum())
        if bad.any():
            outside = beyond(piece, tile, tolerance) | beyond(tile, piece, tolerance)
            self.cut = max(self.cut, float(outside.mean()))

    @property
    def shares(self):
        return (self.beside / max(1, self.beside_pixels), self.elsewhere / max(1, self.elsewhere_pixels))

    @property
    def is_cut(self):
        return self.cut > CUT


def beyond(picture, other, tolerance):
    """Pixels of `picture` that are darker or lighter than all nine around the same place in `other`."""
    height, width = picture.shape[:2]
    padded = numpy.pad(other, ((1, 1), (1, 1), (0, 0)), mode="edge")
    views = [padded[dy:dy + height, dx:dx + width] for dy in range(3) for dx in range(3)]
    low = numpy.minimum.reduce(views).astype(numpy.int16)
    high = numpy.maximum.reduce(views).astype(numpy.int16)
    value = picture.astype(numpy.int16)
    outside = ((value < low - tolerance) | (value > high + tolerance)).any(axis=2)
    # At the very edge the neighbours that would explain it lie on the next tile.
    outside[:1] = outside[-1:] = False
    outside[:, :1] = outside[:, -1:] = False
    return outside


def seam_tolerance(kind):
    return SEAMS.get(kind, SEAMS_ELSEWHERE)
