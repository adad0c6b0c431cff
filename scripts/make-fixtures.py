#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the documents of Tests/Fixtures, byte for byte the same each time. Needs nothing but Python 3.

usage: scripts/make-fixtures.py [FOLDER]
"""

import hashlib
import math
import random
import struct
import sys
import zlib
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "Tests" / "Fixtures"

A4 = (595, 842)
LETTER = (612, 792)


# --- Writing PDF ----------------------------------------------------------------------------------


class Name(str):
    """A PDF name, without its slash."""


class Raw(str):
    """Anything that is PDF syntax already."""


class Reference(int):
    """An indirect object, by its number."""


class Stream:
    """A stream: its dictionary (without Length) and its bytes."""

    def __init__(self, data, entries=None, compress=False):
        self.entries = dict(entries or {})
        self.data = data.encode("latin-1") if isinstance(data, str) else data
        if compress:
            self.data = zlib.compress(self.data, 9)
            self.entries["Filter"] = Name("FlateDecode")


def number(value):
    """A number as short as PDF allows, without an exponent."""
    if isinstance(value, int):
        return str(value)
    text = f"{value:.5f}".rstrip("0").rstrip(".")
    return "0" if text in ("", "-0") else text


def serialize(value, encrypt):
    """Any value as PDF syntax; `encrypt` is applied to the bytes of each string."""
    if isinstance(value, Reference):
        return f"{int(value)} 0 R"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number(value)
    if isinstance(value, Name):
        return f"/{value}"
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, (str, bytes)):
        data = value.encode("latin-1") if isinstance(value, str) else value
        return f"<{encrypt(data).hex()}>"
    if isinstance(value, (list, tuple)):
        return "[" + " ".join(serialize(item, encrypt) for item in value) + "]"
    if isinstance(value, dict):
        return "<<" + " ".join(f"/{key} {serialize(item, encrypt)}" for key, item in value.items()) + ">>"
    raise TypeError(f"cannot write {value!r}")


class Document:
    """Collects objects and pages, and gives the bytes of the file."""

    def __init__(self, title=None, version="1.4"):
        self.version = version
        self.objects = []
        self.catalog = self.reserve()
        self.tree = self.reserve()
        self.pages = []
        self.catalog_entries = {"Type": Name("Catalog"), "Pages": self.tree}
        self.info = self.add({"Title": title}) if title else None
        self.fonts = {}

    def reserve(self):
        self.objects.append(None)
        return Reference(len(self.objects))

    def add(self, value):
        reference = self.reserve()
        self.objects[reference - 1] = value
        return reference

    def font(self, name):
        """One of the fonts that every reader of PDF has; not embedded."""
        if name not in self.fonts:
            self.fonts[name] = self.add(
                {
                    "Type": Name("Font"),
                    "Subtype": Name("Type1"),
                    "BaseFont": Name(name),
                    "Encoding": Name("WinAnsiEncoding"),
                }
            )
        return self.fonts[name]

    def page(self, size, content, rotate=0, resources=None, compress=False):
        entries = {
            "Type": Name("Page"),
            "Parent": self.tree,
            "MediaBox": [0, 0, *size],
            "Resources": {
                "Font": {"F1": self.font("Helvetica"), "F2": self.font("Helvetica-Bold")},
                **(resources or {}),
            },
            "Contents": self.add(Stream(content, compress=compress)),
        }
        if rotate:
            entries["Rotate"] = rotate
        self.pages.append(self.add(entries))
        return self.pages[-1]

    def outline(self, chapters):
        """Two levels: [(title, page, [(title, page), …]), …]."""
        root = self.reserve()
        self.outline_level(root, [(title, page, [(*item, []) for item in items]) for title, page, items in chapters])
        self.catalog_entries["Outlines"] = root
        self.catalog_entries["PageMode"] = Name("UseOutlines")

    def outline_level(self, parent, items, entries=None):
        references = [self.reserve() for _ in items]
        for index, (title, page, below) in enumerate(items):
            item = {"Title": title, "Parent": parent, "Dest": [page, Name("Fit")]}
            if index > 0:
                item["Prev"] = references[index - 1]
            if index + 1 < len(items):
                item["Next"] = references[index + 1]
            self.objects[references[index] - 1] = item
            if below:
                self.outline_level(references[index], below, item)
        level = entries if entries is not None else {"Type": Name("Outlines")}
        level.update({"First": references[0], "Last": references[-1]})
        level["Count"] = len(items) + sum(len(below) for _, _, below in items)
        self.objects[parent - 1] = level

    def bytes(self, security=None):
        self.objects[self.catalog - 1] = self.catalog_entries
        self.objects[self.tree - 1] = {"Type": Name("Pages"), "Kids": self.pages, "Count": len(self.pages)}
        trailer = {"Size": len(self.objects) + 1, "Root": self.catalog}
        if self.info:
            trailer["Info"] = self.info
        if security:
            trailer["Encrypt"] = Raw(serialize(security.entries, lambda data: data))
            trailer["ID"] = [security.identifier, security.identifier]

        out = bytearray(f"%PDF-{self.version}\n".encode() + b"%\xe2\xe3\xcf\xd3\n")
        offsets = []
        for index, value in enumerate(self.objects, start=1):
            encrypt = security.cipher(index) if security else lambda data: data
            offsets.append(len(out))
            out += f"{index} 0 obj\n".encode()
            if isinstance(value, Stream):
                data = encrypt(value.data)
                out += serialize({**value.entries, "Length": len(data)}, encrypt).encode("latin-1")
                out += b"\nstream\n" + data + b"\nendstream"
            else:
                out += serialize(value, encrypt).encode("latin-1")
            out += b"\nendobj\n"
        start = len(out)
        out += f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n".encode()
        for offset in offsets:
            out += f"{offset:010d} 00000 n \n".encode()
        # The identifier of an encrypted file is never encrypted itself.
        out += f"trailer\n{serialize(trailer, lambda data: data)}\nstartxref\n{start}\n%%EOF\n".encode("latin-1")
        return bytes(out)


# --- Encryption: the standard security handler with RC4 (ISO 32000-1, 7.6) ------------------------

PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")


def rc4(key, data):
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def md5(data):
    return hashlib.md5(data).digest()


class Security:
    """Revision 2 (40-bit keys) or 3 (128-bit keys). Every permission is given."""

    def __init__(self, user, owner, revision):
        self.revision = revision
        self.length = 5 if revision == 2 else 16
        self.identifier = md5(f"recto {user} {revision}".encode())
        permissions = -4
        user_padded, owner_padded = ((word.encode("latin-1") + PADDING)[:32] for word in (user, owner))

        owner_value = self.rounds(self.hashed(owner_padded), user_padded)
        self.key = self.hashed(user_padded + owner_value + struct.pack("<i", permissions) + self.identifier)
        if revision == 2:
            user_value = rc4(self.key, PADDING)
        else:
            user_value = self.rounds(self.key, md5(PADDING + self.identifier)) + bytes(16)

        self.entries = {
            "Filter": Name("Standard"),
            "V": 1 if revision == 2 else 2,
            "R": revision,
            "Length": self.length * 8,
            "O": owner_value,
            "U": user_value,
            "P": permissions,
        }

    def hashed(self, data):
        digest = md5(data)
        for _ in range(50 if self.revision == 3 else 0):
            digest = md5(digest[: self.length])
        return digest[: self.length]

    def rounds(self, key, data):
        for step in range(20 if self.revision == 3 else 1):
            data = rc4(bytes(byte ^ step for byte in key), data)
        return data

    def cipher(self, index):
        """What encrypts the strings and streams of object `index`."""
        key = md5(self.key + struct.pack("<I", index)[:3] + b"\0\0")[: min(16, self.length + 5)]
        return lambda data: rc4(key, data)


# --- Drawing --------------------------------------------------------------------------------------


def text(x, y, size, words, font="F1"):
    escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    return f"BT /{font} {number(size)} Tf {number(x)} {number(y)} Td ({escaped}) Tj ET\n"


def lines(x, y, size, paragraphs):
    return "".join(text(x, y - index * size * 1.4, size, line) for index, line in enumerate(paragraphs))


LETTER_LINES = [
    "Dear reader,",
    "",
    "this letter has one page, and it was written by a script. Nobody sent it and nobody",
    "waits for an answer. It is here so that a test can open a document that holds nothing",
    "but words, look for one of them and know where it must stand.",
    "",
    "The quick brown fox jumps over the lazy dog. Sphinx of black quartz, judge my vow.",
    "The word kaleidoscope stands here once and nowhere else.",
    "",
    "Yours faithfully,",
    "the fixtures",
]


def letter():
    document = Document("A letter")
    content = text(72, 700, 20, "Recto", "F2") + "0.2 0.3 0.6 RG 1.5 w 72 690 m 540 690 l S\n"
    document.page(LETTER, content + lines(72, 650, 11, LETTER_LINES))
    return document


def no_font():
    """Japanese in a font that is neither brought nor among those that every reader has."""
    document = Document("No font")
    descriptor = document.add(
        {
            "Type": Name("FontDescriptor"),
            "FontName": Name("MS-Gothic"),
            "Flags": 4,
            "FontBBox": [0, -150, 1000, 850],
            "ItalicAngle": 0,
            "Ascent": 850,
            "Descent": -150,
            "CapHeight": 850,
            "StemV": 92,
        }
    )
    descendant = document.add(
        {
            "Type": Name("Font"),
            "Subtype": Name("CIDFontType2"),
            "BaseFont": Name("MS-Gothic"),
            "CIDSystemInfo": {"Registry": "Adobe", "Ordering": "Japan1", "Supplement": 2},
            "FontDescriptor": descriptor,
            "DW": 1000,
        }
    )
    font = document.add(
        {
            "Type": Name("Font"),
            "Subtype": Name("Type0"),
            "BaseFont": Name("MS-Gothic"),
            "Encoding": Name("UniJIS-UCS2-H"),
            "DescendantFonts": [descendant],
        }
    )
    shown = "\u6587\u66f8\u3092\u8aad\u3080".encode("utf-16-be").hex()
    content = f"BT /J1 60 Tf 20 40 Td <{shown}> Tj ET\n"
    document.page((340, 140), content, resources={"Font": {"J1": font}})
    return document


# Portrait and landscape, paper sizes of two continents, a strip, a square and a size with a fraction.
SIZES = [A4, A4, (842, 595), LETTER, (612, 1008), (420, 595), (1191, 842), (200, 800), (300, 300), (283.5, 425.25)]


def ten_pages():
    document = Document("Ten pages")
    labels = ["i", "ii", "iii", "1", "2", "3", "4", "5", "6", "7"]
    pages = []
    for index, (width, height) in enumerate(SIZES):
        content = f"0.6 w 0.7 G 10 10 {number(width - 20)} {number(height - 20)} re S\n"
        content += text(24, height - 60, 36, f"{index + 1}", "F2")
        content += text(24, height - 84, 10, f"page {index + 1} of 10, label {labels[index]}")
        content += text(24, height - 100, 10, f"{number(width)} x {number(height)} pt")
        pages.append(document.page((width, height), content))
    document.outline(
        [
            ("Front matter", pages[0], [("Title", pages[0]), ("Contents", pages[1])]),
            ("First chapter", pages[3], [("Legal paper", pages[4]), ("Small paper", pages[5]), ("A3", pages[6])]),
            ("Second chapter", pages[7], [("Square", pages[8])]),
            ("Index", pages[9], []),
        ]
    )
    document.catalog_entries["PageLabels"] = {
        "Nums": [0, {"S": Name("r")}, 3, {"S": Name("D"), "St": 1}],
    }
    return document


def rotated():
    """Every page is seen 200 wide and 300 high with its arrow up, if the viewer obeys /Rotate."""
    document = Document("Rotated pages")
    for angle, size, matrix in (
        (0, (200, 300), "1 0 0 1 0 0"),
        (90, (300, 200), "0 1 -1 0 300 0"),
        (180, (200, 300), "-1 0 0 -1 200 300"),
        (270, (300, 200), "0 -1 1 0 0 200"),
    ):
        content = f"{matrix} cm\n0.85 0.2 0.15 rg\n"
        content += "100 270 m 150 200 l 120 200 l 120 110 l 80 110 l 80 200 l 50 200 l f\n0 g\n"
        content += text(72, 70, 40, "UP", "F2") + text(72, 40, 12, f"Rotate {angle}")
        document.page(size, content, rotate=angle)
    return document


def square_color(column, row):
    """The colour of a square, counted from the top left: 100 of them, all distinct."""
    return (column * 28, row * 28, 255 if (column + row) % 2 else 64)


def squares():
    document = Document("Squares")
    content = ""
    for row in range(10):
        for column in range(10):
            red, green, blue = (number(value / 255) for value in square_color(column, row))
            content += f"{red} {green} {blue} rg {column * 25} {225 - row * 25} 25 25 re f\n"
    document.page((250, 250), content, compress=True)
    return document


HEAVY_PATHS = 20_000


def heavy():
    """Translucent petals on a random walk. They repeat a few shapes, so that the stream packs well."""
    chance = random.Random(20_000)
    petals = []
    for index in range(24):
        angle, reach = index * math.pi / 12, 60 + 7 * (index % 5)
        points = []
        for turn, share in ((-0.5, 0.6), (-0.2, 1.0), (0.0, 1.0), (0.2, 1.0), (0.5, 0.6)):
            points += [round(reach * share * math.cos(angle + turn)), round(reach * share * math.sin(angle + turn))]
        a, b = points[:6], points[6:]
        petals.append(
            f"0 0 m {' '.join(map(str, a))} c {' '.join(map(str, b))} 0 0 c b\n"
        )
    x, y = 300, 400
    parts = ["/G gs 0.3 w\n", f"1 0 0 1 {x} {y} cm\n"]
    for index in range(HEAVY_PATHS):
        if index % 50 == 0:
            parts.append(" ".join(number(round(chance.random(), 1)) for _ in range(3)) + " rg\n")
        dx, dy = (chance.choice((-36, -18, 0, 18, 36)) for _ in range(2))
        if not 40 < x + dx < 560:
            dx = -dx
        if not 40 < y + dy < 800:
            dy = -dy
        x, y = x + dx, y + dy
        parts.append(f"1 0 0 1 {dx} {dy} cm\n{chance.choice(petals)}")
    document = Document("Heavy")
    state = document.add({"Type": Name("ExtGState"), "ca": 0.35, "CA": 0.5})
    document.page(A4, "".join(parts), resources={"ExtGState": {"G": state}}, compress=True)
    return document


def secret(words):
    document = Document("Encrypted")
    document.page(LETTER, text(72, 700, 20, words, "F2") + text(72, 670, 12, "If you can read this, it was decrypted."))
    return document


def huge_page():
    """As large as PDF 1.4 readers must support: 200 inches."""
    document = Document("A huge page")
    content = "40 w 0.2 0.4 0.7 RG 100 100 14200 14200 re S 100 100 m 14300 14300 l 100 14300 m 14300 100 l S\n"
    document.page((14400, 14400), content + text(1000, 7000, 900, "14400 pt", "F2"))
    return document


def user_unit():
    """A page whose unit is a tenth of an inch, and one as usual. A hit and a destination on each."""
    document = Document("A poster", version="1.6")
    poster = document.page((200, 100), text(20, 50, 12, "Poster") + text(20, 20, 12, "Below"))
    usual = document.page(LETTER, text(72, 700, 12, "Usual"))
    document.objects[poster - 1]["UserUnit"] = 7.2
    document.objects[usual - 1]["Annots"] = [
        document.add(
            {
                "Type": Name("Annot"),
                "Subtype": Name("Link"),
                "Rect": [72, 600, 172, 620],
                "Border": [0, 0, 0],
                "Dest": [poster, Name("XYZ"), 20, 60, 0],
            }
        )
    ]
    return document


def links():
    """Every kind of target that a link can have, and a page that is cropped and turned."""
    document = Document("Links")
    document.objects[document.info - 1].update(
        {
            "Author": "Nobody at all",
            "Subject": "Links and where they lead",
            "Keywords": "links, outline",
            "CreationDate": "D:20240229123456+01'00'",
            "ModDate": "D:202403",
        }
    )
    one, two, three = (
        document.page(LETTER, text(72, 704, 12, f"{name} page") + text(72, 604, 12, "Further down"))
        for name in ("First", "Second", "Third")
    )
    document.objects[three - 1].update({"CropBox": [100, 100, 500, 700], "Rotate": 90})
    xyz = [two, Name("XYZ"), 72, 700, 0]
    targets = [
        {"A": {"S": Name("URI"), "URI": "https://example.org/recto?a=b&c=d"}},
        {"Dest": xyz},
        {"A": {"S": Name("GoTo"), "D": [three, Name("Fit")]}},
        {"A": {"S": Name("JavaScript"), "JS": "app.alert(1)"}},
        {"A": {"S": Name("GoTo"), "D": [two, Name("FitH"), 600]}},
        {
            "A": {"S": Name("URI"), "URI": "mailto:nobody@example.org"},
            "QuadPoints": [300, 220, 400, 220, 300, 200, 400, 200, 72, 200, 172, 200, 72, 180, 172, 180],
        },
    ]
    document.objects[one - 1]["Annots"] = [
        document.add(
            {
                "Type": Name("Annot"),
                "Subtype": Name("Link"),
                "Rect": [72, 700 - 100 * index, 172, 720 - 100 * index],
                "Border": [0, 0, 0],
                **target,
            }
        )
        for index, target in enumerate(targets)
    ]
    document.outline([("Second", two, []), ("Third", three, []), ("All of it", three, [])])
    for item in document.objects:
        if isinstance(item, dict) and item.get("Title") == "Second":
            item["Dest"] = xyz
        elif isinstance(item, dict) and item.get("Title") == "Third":
            item["Dest"] = [three, Name("XYZ"), 200, 300, 0]
    return document


def form():
    """A push button, all blue, in the middle of a page."""
    document = Document("A form")
    page = document.page((150, 150), text(10, 130, 10, "A form"))
    looks = document.add(
        Stream(
            "0 0 1 rg 0 0 50 50 re f\n",
            {"Type": Name("XObject"), "Subtype": Name("Form"), "BBox": [0, 0, 50, 50]},
        )
    )
    field = document.add(
        {
            "Type": Name("Annot"),
            "Subtype": Name("Widget"),
            "FT": Name("Btn"),
            "Ff": 65536,
            "T": "button",
            "F": 4,
            "Rect": [50, 50, 100, 100],
            "P": page,
            "AP": {"N": looks},
        }
    )
    document.objects[page - 1]["Annots"] = [field]
    document.catalog_entries["AcroForm"] = {"Fields": [field]}
    return document


NOT_A_PDF = "This file has the name of a PDF and no format at all: the NULs behind this make it no text.\n\0\1\2\3"


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    whole = ten_pages().bytes()
    files = {
        "letter.pdf": letter().bytes(),
        "ten-pages.pdf": whole,
        "rotated.pdf": rotated().bytes(),
        "squares.pdf": squares().bytes(),
        "heavy.pdf": heavy().bytes(),
        "links.pdf": links().bytes(),
        "user-unit.pdf": user_unit().bytes(),
        "form.pdf": form().bytes(),
        "locked.pdf": secret("Locked: 128-bit RC4").bytes(Security("recto", "verso", 3)),
        "empty-password.pdf": secret("No password needed: 40-bit RC4").bytes(Security("", "verso", 2)),
        "truncated.pdf": whole[: len(whole) // 2],
        "not-a-pdf.pdf": NOT_A_PDF.encode(),
        "huge-page.pdf": huge_page().bytes(),
        "no-font.pdf": no_font().bytes(),
        "zero-pages.pdf": Document("No pages").bytes(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
        (folder / name).chmod(0o644)
        print(f"{name}\t{len(data)}\t{hashlib.sha256(data).hexdigest()[:16]}")


if __name__ == "__main__":
    main()
