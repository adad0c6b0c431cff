# SPDX-License-Identifier: Apache-2.0
"""Which documents, pages and tiles are looked at."""

import json
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path

SIDE = 512
FACTORS = (1, 2, 4, 8)
# One piece is compared as a whole up to here; of a larger page a block of tiles stands for it.
LARGEST_PIECE = {False: 24_000_000, True: 2_600_000}
MOST_TILES = {False: 16, True: 4}
# A second and more for each tile: a quick run looks at them from far only.
DEAR = ("fixtures/heavy.pdf", "corpus/bench/map.pdf", "corpus/bench/map.svgz")


@dataclass(frozen=True)
class Rectangle:
    """A part of the page at a scale factor, in pixels of that scale."""
    x: int
    y: int
    width: int
    height: int

    def request(self, factor, page):
        """The IIIF request of this part, as a viewer asks for it. `page`: the page's size in full pixels."""
        x, y = self.x * factor, self.y * factor
        width = min(self.width * factor, page[0] - x)
        height = min(self.height * factor, page[1] - y)
        return f"{x},{y},{width},{height}/{self.width},{self.height}/0/default.png"


@dataclass
class Scale:
    """What is looked at of one page at one scale factor."""
    factor: int
    size: tuple
    tiles: list
    # What the tiles are parts of and that is asked for in one piece.
    piece: Rectangle


@dataclass
class Page:
    document: str
    file: str
    kind: str
    page: int
    size: tuple
    scales: list = field(default_factory=list)
    goldens: list = field(default_factory=list)


def scaled(size, factor):
    return tuple(-(-side // factor) for side in size)


def tile(column, row, size):
    x, y = column * SIDE, row * SIDE
    return Rectangle(x, y, min(SIDE, size[0] - x), min(SIDE, size[1] - y))


def scale(size, factor, quick):
    """All tiles where they are few, else the corners and a block of two by two in the middle."""
    whole = scaled(size, factor)
    columns, rows = scaled(whole, SIDE)
    every = [(c, r) for r in range(rows) for c in range(columns)]
    c, r = max(0, columns // 2 - 1), max(0, rows // 2 - 1)
    block = sorted({(min(c + i, columns - 1), min(r + j, rows - 1)) for i in (0, 1) for j in (0, 1)})
    if whole[0] * whole[1] <= LARGEST_PIECE[quick]:
        piece = Rectangle(0, 0, *whole)
        corners = {(0, 0), (columns - 1, 0), (0, rows - 1), (columns - 1, rows - 1)}
        chosen = every if len(every) <= MOST_TILES[quick] else sorted(set(block) | (set() if quick else corners))
    else:
        chosen = block
        parts = [tile(*place, whole) for place in block]
        left, top = min(p.x for p in parts), min(p.y for p in parts)
        piece = Rectangle(
            left, top, max(p.x + p.width for p in parts) - left, max(p.y + p.height for p in parts) - top)
    return Scale(factor, whole, [tile(*place, whole) for place in chosen], piece)


def golden_requests(size, first_of_own):
    """The same few in quick and in full runs: the page as one tile, and a tile of the middle at each factor.

    Each with its scale and part where an engine can be asked for the same.
    """
    factor = 1
    while max(scaled(size, factor)) > SIDE:
        factor *= 2
    whole = scaled(size, factor)
    chosen = [(factor, whole, Rectangle(0, 0, *whole))]
    for factor in FACTORS[:3]:
        whole = scaled(size, factor)
        if max(whole) > SIDE:
            columns, rows = scaled(whole, SIDE)
            chosen.append((factor, whole, tile(columns // 2, rows // 2, whole)))
    requests = [(part.request(factor, size), Scale(factor, whole, [], part), part) for factor, whole, part in chosen]
    if first_of_own and min(size) >= 300:
        # What no tile of a viewer is: turned, mirrored, at a scale of its own, reduced in colour.
        requests += [(request, None, None) for request in (
            "full/!300,300/90/default.png", "pct:10,10,50,50/!150,150/!0/gray.png",
            "square/!250,250/22.5/default.png", "full/!200,200/180/bitonal.png")]
    return requests


def chosen_pages(count, own, quick):
    if own and not quick:
        return [*range(1, min(count, 10) + 1)]
    pages = {1, max(1, count // 2)}
    if not quick:
        pages |= {min(2, count), count}
    return sorted(pages)


def describe(client, document, file, quick, factors):
    """The pages of a document to look at, or the name of the problem with which it is refused."""
    from cluster import image_path, segment

    answer = client.get(f"/documents/{segment(document)}/structure?width=100", document)
    if answer.status != 200:
        return answer.problem, []
    events = [json.loads(line) for line in answer.body.splitlines() if line.strip()]
    errors = [event for event in events if event["event"] == "error"]
    if errors:
        return errors[0].get("type", "error").rsplit(":", 1)[-1], []
    kind = events[0]["format"]
    count = next(event["pages"] for event in events if event["event"] == "end")
    own = not document.startswith("corpus/")
    pages = []
    for number in chosen_pages(count, own, quick):
        answer = client.get(image_path(document, number, "info.json"), document)
        if answer.status != 200:
            return f"page-{number}-{answer.problem}", []
        information = json.loads(answer.body)
        size = (information["width"], information["height"])
        page = Page(document, file, kind, number, size)
        seen = factors[-1:] if quick and document in DEAR else [f for f in factors if f == 1 or max(size) > 64 * f]
        page.scales = [scale(size, factor, quick) for factor in seen]
        page.goldens = golden_requests(size, own and number == 1)
        if quick and document in DEAR:
            del page.goldens[1:]
        pages.append(page)
    return "shown", pages


def gather(repository, corpus):
    """All documents by the id under which the cluster shall show them."""
    sources = {"fixtures": repository / "Tests/Fixtures", "samples": repository / "Samples"}
    documents = {}
    for name, folder in sources.items():
        for file in sorted(folder.rglob("*")):
            if file.is_file() and file.suffix != ".md":
                documents[f"{name}/{file.relative_to(folder).as_posix()}"] = file
    if corpus:
        folders = ("pdf", "tiff", "jpeg", "png", "svg", "text", "bench", "iiif")
        files = [[file for file in sorted((Path(corpus) / folder).glob("*"))
                  if file.is_file() and file.suffix not in (".tsv", ".py")] for folder in folders]
        # One of each kind in turn: a run that is cut short has seen of all.
        for row in zip_longest(*files):
            for folder, file in zip(folders, row):
                if file:
                    documents[f"corpus/{folder}/{file.name}"] = file
    return documents
