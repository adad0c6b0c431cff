# SPDX-License-Identifier: Apache-2.0
"""Golden digests: of the decoded pixels of a few requests of each page.

Pictures of documents whose fonts are not embedded depend on the fonts of the machine, and all of them on the libraries'
versions. So each file names the environment in which it was blessed: elsewhere a digest that differs counts only
if the engine's own picture, drawn there, differs as well.
"""

import hashlib
import re
import subprocess

NAMES = ("fixtures", "samples", "corpus")
HEADER = "# SPDX-License-Identifier: Apache-2.0\n"
COLUMNS = "document\tpage\trequest\tdigest\n"


def digest(picture):
    """Of size and pixels: two encodings of one picture have the same."""
    size = f"{picture.shape[1]}x{picture.shape[0]}:".encode()
    return hashlib.sha256(size + picture.tobytes()).hexdigest()[:32]


def environment():
    """Fonts and libraries that decide pictures, as one digest and as words."""
    lines = []
    for name in ("sans", "serif", "monospace", "Helvetica", "Times", "Courier", "sans:lang=ja", "sans:lang=ar"):
        font = output(["fc-match", "-f", "%{file}", name])
        try:
            with open(font, "rb") as file:
                lines.append(f"{name}={hashlib.sha256(file.read()).hexdigest()[:16]}")
        except OSError:
            lines.append(f"{name}=none")
    versions = [output([tool, "--version"]).splitlines()[:1] for tool in ("rsvg-convert", "vips")]
    lines += [re.sub(r"[ -]\w{3} \w{3} \d.*", "", line[0]) if line else "none" for line in versions]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def output(command):
    try:
        return subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


class Goldens:
    """The golden digests of all documents, by (document, page, request)."""

    def __init__(self, folder):
        self.folder = folder
        self.rows = {}
        self.environments = {}
        for name in NAMES:
            self.read(name)

    def read(self, name):
        path = self.folder / f"{name}.tsv"
        if not path.exists():
            return
        for line in path.read_text().splitlines():
            if line.startswith("# environment: "):
                self.environments[name] = line.removeprefix("# environment: ")
            elif line and not line.startswith("#") and not line.startswith("document\t"):
                document, page, request, value = line.split("\t")
                self.rows[(document, int(page), request)] = value

    def judge(self, key, value):
        """same, new or changed."""
        known = self.rows.get(key)
        return "new" if known is None else "same" if known == value else "changed"

    def is_elsewhere(self, document, here):
        return self.environments.get(document.split("/", 1)[0]) != here

    def bless(self, results, here):
        """Replaces the rows of every document in `results`, and keeps those of documents that are not here."""
        seen = {key[0] for key in results}
        kept = {key: value for key, value in self.rows.items() if key[0] not in seen}
        self.rows = {**kept, **results}
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in NAMES:
            rows = sorted((key, value) for key, value in self.rows.items() if key[0].startswith(name + "/"))
            if not rows:
                continue
            text = HEADER + f"# environment: {here}\n" + COLUMNS
            text += "".join(f"{d}\t{p}\t{r}\t{v}\n" for (d, p, r), v in rows)
            (self.folder / f"{name}.tsv").write_text(text)
