# SPDX-License-Identifier: Apache-2.0
"""Pages that an engine cannot do within the tolerance, one by one and each with its reason."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Allowance:
    share: float
    reason: str


def read(path):
    """Allowances by (document, page, factor, measure); measure is fidelity, seams or cut."""
    allowances = {}
    for line in path.read_text().splitlines():
        if not line or line.startswith("#") or line.startswith("document\t"):
            continue
        document, page, factor, measure, percent, reason = line.split("\t")
        allowances[(document, int(page), int(factor), measure)] = Allowance(float(percent) / 100, reason)
    return allowances
