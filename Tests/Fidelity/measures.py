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
# A run of differing pixels along a border that is no longer a glyph rounded differently.
LONGEST_RUN = 24


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
    """Differences beside borders of tiles and elsewhere."""
    beside: int = 0
    beside_pixels: int = 0
    elsewhere: int = 0
    elsewhere_pixels: int = 0
    longest_run: int = 0

    def add(self, differences, tolerance, inner):
        """`inner`: which sides of this tile (left, top, right, bottom) border on another tile."""
        bad = differences > tolerance
        band = numpy.zeros(bad.shape, bool)
        lines = []
        left, top, right, bottom = inner
        if left:
            band[:, :BAND] = True
            lines.append(bad[:, 0])
        if right:
            band[:, -BAND:] = True
            lines.append(bad[:, -1])
        if top:
            band[:BAND, :] = True
            lines.append(bad[0, :])
        if bottom:
            band[-BAND:, :] = True
            lines.append(bad[-1, :])
        self.beside += int((bad & band).sum())
        self.beside_pixels += int(band.sum())
        self.elsewhere += int((bad & ~band).sum())
        self.elsewhere_pixels += int((~band).sum())
        for line in lines:
            self.longest_run = max(self.longest_run, longest_run(line))

    @property
    def shares(self):
        return (self.beside / max(1, self.beside_pixels), self.elsewhere / max(1, self.elsewhere_pixels))

    @property
    def is_line(self):
        """Differences that gather along borders: a run, or clearly denser there than elsewhere."""
        beside, elsewhere = self.shares
        return self.longest_run > LONGEST_RUN or (self.beside > 64 and beside > 4 * elsewhere + 0.002)


def longest_run(line):
    padded = numpy.concatenate(([0], line.astype(numpy.int8), [0]))
    edges = numpy.flatnonzero(numpy.diff(padded))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def seam_tolerance(kind):
    return SEAMS.get(kind, SEAMS_ELSEWHERE)
