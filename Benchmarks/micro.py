# SPDX-License-Identifier: Apache-2.0
"""usage: micro.py [--bless]

Measures the product's pure parts (`Benchmarks/Micro`) and prints them beside the committed figures. Times are told in units
of a calibration loop of the same run, because machines differ. The fastest call counts: other work on the machine disturbs
it least. Nothing fails where something got slower: it is for people to look at. `--bless` writes what was
measured as the figures to compare with.
"""

import glob
import json
import os
import re
import shutil
import subprocess
import sys

PACKAGE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Micro")
FIGURES = os.path.join(PACKAGE, ".build", "figures")
COMMITTED = os.path.join(PACKAGE, "figures.json")
PERCENTILE = "0"
CALIBRATION = "calibration"
# Between two runs of the same programs on a busy machine.
NOISE = 1.25


def measure():
    """Nanoseconds by name."""
    shutil.rmtree(FIGURES, ignore_errors=True)
    subprocess.run(
        ["swift", "package", "--allow-writing-to-package-directory", "benchmark", "--target", "PureParts", "--no-progress",
         "--time-units", "nanoseconds", "--format", "histogramPercentiles", "--path", FIGURES],
        cwd=PACKAGE, check=True, stdout=sys.stderr)
    times = {}
    for path in glob.glob(os.path.join(FIGURES, "*.tsv")):
        name = re.fullmatch(r"Current_run\.PureParts\.(.*)\.wallClock\.histogram.*", os.path.basename(path))[1]
        with open(path) as file:
            rows = dict(line.rstrip("\n").split("\t") for line in file)
        times[name.replace("_", " ")] = float(rows[PERCENTILE])
    return times


def main():
    times = measure()
    unit = times.pop(CALIBRATION)
    figures = {name: round(time / unit, 6) for name, time in sorted(times.items())}
    known = {}
    if os.path.exists(COMMITTED):
        with open(COMMITTED) as file:
            known = json.load(file)
    print(f"\nThe calibration loop took {unit / 1000:.1f} µs.\n")
    print(f"{'':<36} {'ns':>11} {'in loops':>11} {'committed':>11} {'ratio':>7}")
    for name, figure in figures.items():
        before = known.get(name)
        ratio = figure / before if before else None
        verdict = "" if ratio is None else "slower" if ratio > NOISE else "faster" if ratio < 1 / NOISE else ""
        print(f"{name:<36} {times[name]:>11.0f} {figure:>11.5f} {before or '':>11}"
              f" {'' if ratio is None else format(ratio, '.2f'):>7} {verdict}")
    for name in sorted(set(known) - set(figures)):
        print(f"{name:<36} is not measured any more")
    if "--bless" in sys.argv[1:]:
        with open(COMMITTED, "w") as file:
            json.dump(figures, file, indent=2)
            file.write("\n")


main()
