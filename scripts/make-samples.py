#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the samples that are made: a fax, a map and a log. Needs the `vips` command (8.14) and a monospaced font.

usage: scripts/make-samples.py [FOLDER]
"""

import math
import random
import struct
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "Samples"

# MARK: Fax

FAX = [
    """TELEFAX                                   page 1 of 3

To:       Archive of the Harbour Office
From:     J. Quill, Bindery, Back Lane 4
Subject:  the pilots' journals, 1871 to 1874


Dear Sir,

the four volumes reached us on Tuesday, dry and complete.
I have collated each of them leaf by leaf and send you
with this what I found. I write by fax because the post
takes a week and you asked for an answer by Friday.

The leaves are numbered on one side only: on the recto,
the front, which lies to the right in an open book. The
back, the verso, bears no number. Whoever counted them
before us counted pages, not leaves, and so came to
twice as many as the label says. Nothing is missing.

The paper is sound. The sewing is not: in the volumes of
1872 and 1873 the thread is broken in most gatherings,
and the glue of an earlier repair has eaten into the
folds. These two should not be opened flat any more, and
should be photographed before they are read again.

A list is on the next page, an estimate on the last.
""",
    """TELEFAX                                   page 2 of 3


  volume   leaves   gatherings   sewing    boards
  ------   ------   ----------   -------   -------
  1871        212           27   whole     rubbed
  1872        198           25   broken    one off
  1873        204           26   broken    rubbed
  1874        187           24   loose     whole
  ------   ------   ----------   -------   -------
  in all      801          102


  Remarks

  1871   A tide table is folded in after leaf 96. It is
         larger than the book and torn along one fold.

  1872   Leaves 40 to 47 were bound upside down. They
         have always been so: the offset of the ink on
         leaf 39 fits them as they are. To be left.

  1873   A pressed flower at leaf 131, and its shadow
         on the verso of leaf 130.

  1874   The last gathering is blank. The journal ends
         on the recto of leaf 179, with the entry of
         the 3rd of November, in another hand.
""",
    """TELEFAX                                   page 3 of 3


  Estimate

  taking down and cleaning, two volumes         310.00
  mending of folds, about 120 leaves            540.00
  sewing on tapes, two volumes                  280.00
  re-using the old boards, one to be fixed      195.00
  mending of the tide table                      60.00
  boxes, four                                   150.00
                                              --------
                                               1535.00


  Six weeks from the day on which you agree. The books
  stay in the safe overnight. If they are to be scanned
  first, tell the photographer to use the cradle, not
  the glass, and to number the pictures by leaf: 1r, 1v,
  2r, 2v, and so on. It saves a great deal of confusion.


  Yours faithfully,

  J. Quill
""",
]
FAX_SIZE = 1728, 2292


def make_fax(target, scratch):
    """Group 4, 8 by 8 dots a millimetre (T.4, superfine), and the specks of a drum that wants cleaning."""

    def vips(*arguments):
        subprocess.run(["vips", *map(str, arguments)], check=True)

    width, height = FAX_SIZE
    noise = random.Random(4)
    pages = []
    for number, text in enumerate(FAX):
        # One row of dots as PGM, so that specks need no other tool.
        specks = bytearray(width * height)
        for _ in range(500):
            x, y, size = noise.randrange(width - 4), noise.randrange(height - 4), noise.choice([1, 1, 2, 3])
            for row in range(size):
                specks[(y + row) * width + x : (y + row) * width + x + size] = b"\xff" * size
        dirt, words = scratch / f"dirt{number}.pgm", scratch / f"words{number}.v"
        dirt.write_bytes(b"P5 %d %d 255\n" % (width, height) + specks)
        placed, turned = scratch / f"placed{number}.v", scratch / f"turned{number}.v"
        vips("text", words, text, "--font", "Liberation Mono 12", "--dpi", 220)
        vips("embed", words, placed, 150, 220, width, height)
        vips("affine", placed, turned, "1 %g %g 1" % ((0.004, -0.004) if number != 1 else (-0.003, 0.003)),
             "--oarea", f"0 0 {width} {height}")
        both, page = scratch / f"both{number}.v", scratch / f"page{number}.v"
        vips("boolean", turned, dirt, both, "or")
        vips("relational_const", both, page, "less", "110")
        pages.append(str(page))
    joined = pages[0]
    for number, page in enumerate(pages[1:]):
        both, joined = joined, scratch / f"joined{number}.v"
        vips("join", both, page, joined, "vertical")
    vips("tiffsave", joined, target, "--compression", "ccittfax4", "--bitdepth", 1, "--page-height", height,
         "--xres", 8, "--yres", 8, "--strip")


# MARK: Map


def png(width, height, palette, rows):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    raw = b"".join(b"\0" + bytes(row) for row in rows)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0))
        + chunk(b"PLTE", b"".join(bytes(colour) for colour in palette))
        + chunk(b"IDAT", zlib.compress(raw, 9))
        + chunk(b"IEND", b"")
    )


def make_map(target):
    """An invented coast: tints by height, a line every 40 metres, a heavier one every 200."""
    width, height = 2000, 1400
    hills = random.Random(11)
    waves = []
    for number in range(40):
        length = 900 / (1 + number * 0.55)
        angle = hills.uniform(0, 2 * math.pi)
        waves.append((math.cos(angle) / length, math.sin(angle) / length, hills.uniform(0, 2 * math.pi), length * 0.55))
    sea = [(150 - 12 * i, 190 - 10 * i, 225 - 8 * i) for i in range(6)]
    land = [(196, 214, 160), (214, 224, 170), (230, 230, 182), (234, 222, 170), (226, 206, 152), (212, 186, 134),
            (198, 168, 120), (188, 156, 116), (206, 188, 166), (236, 230, 224)]
    palette = sea + land + [(120, 96, 70), (84, 64, 46), (40, 70, 110)]
    line, heavy, shore = len(sea) + len(land), len(sea) + len(land) + 1, len(sea) + len(land) + 2

    def level(x, y):
        return 120 + sum(size * math.sin(x * a * 6.283 + y * b * 6.283 + phase) for a, b, phase, size in waves)

    rows, above = [], None
    for y in range(height):
        # Every fourth column is worked out, what is between them is drawn straight.
        marks = [level(x, y) for x in range(0, width + 4, 4)]
        heights = [marks[x // 4] + (marks[x // 4 + 1] - marks[x // 4]) * (x % 4) / 4 for x in range(width)]
        row = []
        for x, here in enumerate(heights):
            left = heights[x - 1] if x else here
            up = above[x] if above else here
            low, high = min(here, left, up), max(here, left, up)
            if low < 0 <= high:
                colour = shore
            elif here < 0:
                colour = min(len(sea) - 1, int(-here / 150))
            elif math.floor(low / 40) != math.floor(high / 40):
                colour = heavy if math.floor(low / 200) != math.floor(high / 200) else line
            else:
                colour = len(sea) + min(len(land) - 1, int(here / 130))
            row.append(colour)
        rows.append(row)
        above = heights
    target.write_bytes(png(width, height, palette, rows))


# MARK: Log


def make_log(target):
    """A week of a lighthouse: 2,000 lines, a few of them longer than a row of 80 columns."""
    chance = random.Random(7)
    lines = ["Lighthouse Hörnum Sand, keeper's log. All of it is invented.", ""]
    wind, glass, minutes = 14.0, 1013.0, 0
    ships = ["Anna", "Fortuna", "Løvø", "Margarethe", "Nordstern", "Zeemeeuw", "Święta Zofia", "Île de Bréhat"]
    rigs = ["ketch", "trawler", "ferry", "coaster", "yawl", "pilot boat", "bark"]
    while len(lines) < 2000:
        minutes += chance.randrange(1, 10)
        wind = min(60, max(0, wind + chance.gauss(0, 1.5)))
        glass = min(1040, max(975, glass + chance.gauss(0, 0.3)))
        stamp = f"1926-03-{1 + minutes // 1440:02d} {minutes // 60 % 24:02d}:{minutes % 60:02d}"
        kind = chance.random()
        if kind < 0.55:
            text = f"INFO  weather   wind {wind:4.1f} kn  glass {glass:6.1f} hPa  air {4 + 3 * math.sin(minutes / 229):4.1f} °C"
        elif kind < 0.85:
            text = f"INFO  traffic   {chance.choice(rigs)} “{chance.choice(ships)}” {chance.choice(['in', 'out'])}bound, " \
                   f"{chance.randrange(2, 30) / 2:.1f} nm {chance.choice(['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW'])}"
        elif kind < 0.97:
            text = f"INFO  lamp      burner {chance.randrange(1, 4)} trimmed, oil {chance.randrange(20, 90)} l"
        elif kind < 0.995:
            text = f"WARN  lamp      the clockwork lost {chance.randrange(2, 20)} s on the hour; wound again and set by the chronometer"
        else:
            text = "ERROR signal    the fog bell did not strike: the rope had come off its pulley; struck by hand until it was mended"
        lines.append(f"{stamp} {text}")
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    for name in ["scans", "pictures", "logs"]:
        (folder / name).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        make_fax(folder / "scans" / "fax.tif", Path(scratch))
    make_map(folder / "pictures" / "coast.png")
    make_log(folder / "logs" / "lighthouse.log")


if __name__ == "__main__":
    main()
