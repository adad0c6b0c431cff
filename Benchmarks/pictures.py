# SPDX-License-Identifier: Apache-2.0
"""Tiles of very large pictures, beside libvips doing the same in one process."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time

from common import CACHE, Node
from large import message

FACTORS = (1, 8, 64)
TILE = 512


def fax(path):
    """35,000 × 35,000 pixels of lines of text, one bit each, CCITT group 4."""
    import pyvips

    words = "The recto is the front of a leaf: the page you see first. " * 60
    text = pyvips.Image.text(words, font="sans 12", width=2400, dpi=200).invert()
    sheet = text.embed(100, 100, 2700, text.height + 200, extend="white")
    count = [35000 // side + 1 for side in (sheet.width, sheet.height)]
    sheet.replicate(*count).crop(0, 0, 35000, 35000).tiffsave(path, compression="ccittfax4", bitdepth=1)


def photo(path):
    """100 megapixels of waves and noise as JPEG."""
    import pyvips

    at = pyvips.Image.xyz(10000, 10000)
    waves = [(at[0] / 3 + 40 * band).sin() * 60 + (at[1] / 5).cos() * 40 + 128 for band in range(3)]
    noise = pyvips.Image.gaussnoise(10000, 10000, sigma=12)
    waves[0].bandjoin(waves[1:]).__add__(noise).cast("uchar").copy(interpretation="srgb").jpegsave(path, Q=88)


def raster():
    """Cold: nothing of the document is open. Warm: another tile of it at the same scale factor was drawn before.

    libvips, one thread as in the worker: cold reads in sequence and stops after the region; warm has all pixels in memory.
    """
    os.environ["VIPS_CONCURRENCY"] = "1"
    # Decoded pictures stay in memory rather than in a temporary file.
    os.environ["VIPS_DISC_THRESHOLD"] = "4g"
    try:
        import pyvips
    except (ImportError, OSError):
        print("left out: pyvips or libvips is missing")
        return
    pyvips.cache_set_max(0)
    os.makedirs(CACHE, exist_ok=True)
    folder = tempfile.mkdtemp()
    for name, make in [("fax.tif", fax), ("photo.jpg", photo)]:
        path = os.path.join(CACHE, name)
        if not os.path.exists(path):
            make(os.path.join(CACHE, "part-" + name))
            os.rename(os.path.join(CACHE, "part-" + name), path)
        shutil.copy(path, folder)
    node = Node(folder, "--deadline", "60", "--worker-memory", "1024")
    print(f"{'512-pixel tile, PNG, ms':<44} {'cold':>9} {'vips':>9} {'vips CLI':>9} {'ratio':>6}   {'warm':>8} {'vips':>8}"
          f" {'ratio':>6}")
    for title, name in [("35,000 × 35,000, 1 bit, G4 (TIFF)", "fax.tif"), ("100 megapixels (JPEG)", "photo.jpg")]:
        path = os.path.join(folder, name)
        image = pyvips.Image.new_from_file(path)
        memory = image.copy_memory()
        for factor in FACTORS:
            region, other = regions(image.width, image.height, factor)
            ours, rival, tool, ours_warm, rival_warm = [], [], [], [], []
            for _ in range(3):
                message(node, "POST", "/cluster/purge", {"document": name})
                ours.append(took(lambda: node.get(request(name, region, factor))))
                rival.append(took(lambda: vips_cold(path, region, factor)))
                tool.append(took(lambda: command(path, folder, region, factor)))
                node.get(request(name, other, factor))
                ours_warm += [took(lambda: node.get(request(name, region, factor))) for _ in range(3)]
                rival_warm += [took(lambda: tile(memory, region, factor)) for _ in range(3)]
            a, b, c, d, e = (statistics.median(values) for values in (ours, rival, tool, ours_warm, rival_warm))
            print(f"{title + f', factor {factor}':<44} {a:9.1f} {b:9.1f} {c:9.1f} {a / b:6.2f}   {d:8.2f} {e:8.2f}"
                  f" {d / e:6.2f}")
        del memory
    node.stop()
    shutil.rmtree(folder)


def regions(width, height, factor):
    """Left, top, width, height of the tile in the middle, and of its left neighbour or else the same again."""
    side = TILE * factor
    column, row = (length // side // 2 for length in (width, height))
    x, y = column * side, row * side
    region = (x, y, min(side, width - x), min(side, height - y))
    return region, (x - side, *region[1:]) if column else region


def request(name, region, factor):
    size = ",".join(str(-(-side // factor)) for side in region[2:])
    return f"/iiif/{name}/1/{','.join(map(str, region))}/{size}/0/default.png"


def tile(image, region, factor):
    image = image.crop(*region)
    if factor > 1:
        image = image.shrink(factor, factor, ceil=True)
    return image.pngsave_buffer(compression=1)


def vips_cold(path, region, factor):
    import pyvips

    if path.endswith(".jpg") and factor > 1:
        # Shrinks while decoding, as far as JPEG can: by 8.
        load = min(8, factor)
        image = pyvips.Image.new_from_file(path, access="sequential", shrink=load)
        x, y = region[0] // load, region[1] // load
        width, height = (-(-side // load) for side in region[2:])
        return tile(image, (x, y, min(width, image.width - x), min(height, image.height - y)), factor // load)
    return tile(pyvips.Image.new_from_file(path, access="sequential"), region, factor)


def command(path, folder, region, factor):
    """The same with the command-line tool, which takes a step at a time."""
    cut, small = os.path.join(folder, "cut.v"), os.path.join(folder, "small.png")
    loaded, place = path, region
    if path.endswith(".jpg") and factor > 1:
        load = min(8, factor)
        loaded, factor = f"{path}[shrink={load}]", factor // load
        place = tuple(side // load for side in region)
    subprocess.run(["vips", "crop", loaded, cut if factor > 1 else small, *map(str, place)], check=True)
    if factor > 1:
        subprocess.run(["vips", "shrink", cut, small, str(factor), str(factor)], check=True)


def took(work):
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000
