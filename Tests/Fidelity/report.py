# SPDX-License-Identifier: Apache-2.0
"""The side-by-side report of pictures that differ: one file with everything in it."""

import base64
import html
import io

import numpy
from PIL import Image

from measures import difference

# So much is a difference of one made to stand out.
AMPLIFIED = 16

STYLE = """
:root { color-scheme: light dark; --back: #fbfbfa; --text: #1d1d1b; --faint: #6b6b66; --line: #dcdcd6; }
@media (prefers-color-scheme: dark) {
  :root { --back: #161615; --text: #e8e8e3; --faint: #9a9a93; --line: #383834; }
}
body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 110rem; padding: 0 1.5rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p { color: var(--faint); margin: .2rem 0 .8rem; }
section { border-top: 1px solid var(--line); padding: 1.2rem 0; }
.pictures { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1rem; }
figure { margin: 0; } figcaption { color: var(--faint); font-size: .85rem; }
img { background: #fff; border: 1px solid var(--line); image-rendering: pixelated; max-width: 100%; }
@media (max-width: 50rem) { .pictures { grid-template-columns: 1fr; } }
"""


def data_url(picture):
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, "PNG")
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def amplified(expected, got):
    """White where nothing differs, darker the more."""
    if expected.shape != got.shape:
        return None
    value = 255 - numpy.clip(difference(expected, got).astype(numpy.int32) * AMPLIFIED, 0, 255)
    return value.astype(numpy.uint8)


def cut(picture, most=1024):
    return picture[:most, :most]


def section(finding):
    pictures = []
    for name, picture in (("expected", finding.expected), ("got", finding.got)):
        if picture is not None:
            pictures.append((name, cut(picture)))
    if finding.expected is not None and finding.got is not None:
        apart = amplified(finding.expected, finding.got)
        if apart is not None:
            pictures.append((f"difference × {AMPLIFIED}", cut(apart)))
    figures = "".join(
        f'<figure><img alt="{html.escape(name)}" src="{data_url(picture)}">'
        f"<figcaption>{html.escape(name)}</figcaption></figure>" for name, picture in pictures)
    return (f"<section><h2>{html.escape(finding.title)}</h2><p>{html.escape(finding.text)}</p>"
            f'<div class="pictures">{figures}</div></section>')


def write(path, findings, summary, most=60):
    """The gravest first, and no more than a browser can hold."""
    ordered = sorted(findings, key=lambda finding: -finding.severity)
    rest = len(ordered) - most
    note = f"<p>{rest} more are not shown.</p>" if rest > 0 else ""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Pictures that differ</title>'
        f"<style>{STYLE}</style><h1>Pictures that differ</h1><p>{html.escape(summary)}</p>"
        + "".join(section(finding) for finding in ordered[:most]) + note + "</html>\n")
