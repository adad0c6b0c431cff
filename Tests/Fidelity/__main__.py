# SPDX-License-Identifier: Apache-2.0
"""Fidelity, seams, determinism and goldens of a running cluster. See scripts/fidelity."""

import argparse
import hashlib
import os
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

import exceptions
import goldens
import measures
import pages
import report
from check import Finding, check
from cluster import Client, Cluster

REPOSITORY = Path(__file__).resolve().parent.parent.parent
# The row of a document that is refused, in place of pages.
REFUSED = "refused"


def arguments():
    parser = argparse.ArgumentParser(prog="fidelity", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pages and tiles, for every run of the tests")
    parser.add_argument("--budget", type=float, default=0, metavar="SECONDS",
                        help="begin no further page after that time; 45 with --quick")
    parser.add_argument("--bless", action="store_true", help="write Tests/Golden anew from what is shown now")
    parser.add_argument("--only", default="", metavar="PART", help="documents whose id contains one of these, by commas")
    parser.add_argument("--factors", default="1,2,4,8", help="scale factors to look at")
    parser.add_argument("--programs", default="", metavar="DIR", help="the built programs; .build/release or debug")
    parser.add_argument("--report", default=str(REPOSITORY / "reports/fidelity.html"), metavar="FILE")
    parser.add_argument("--corpus", default=os.environ.get("RECTO_CORPUS", str(REPOSITORY / "../shared/corpus")))
    parser.add_argument("--all", action="store_true", help="list every page, not only the worst")
    options = parser.parse_args()
    if options.bless and options.quick:
        parser.error("--bless looks at everything: leave --quick away")
    if options.quick and not options.budget:
        options.budget = 45
    return options


def program(options):
    folders = [options.programs] if options.programs else [REPOSITORY / ".build/release", REPOSITORY / ".build/debug"]
    for folder in folders:
        file = Path(folder) / "recto"
        if file.exists():
            return str(file)
    raise SystemExit("fidelity: recto is not built: run make build, or swift build")


def stage(documents, folder):
    """A folder of links or copies: originals are never served from where they could be written."""
    for document, file in documents.items():
        target = Path(folder) / document
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)


class Verdict:
    """Everything that was found, and whether it is right."""

    def __init__(self, options, golden, here, allowances):
        self.options = options
        self.golden = golden
        self.here = here
        self.allowances = allowances
        self.results = []
        self.refused = {}
        self.findings = []
        self.failures = []
        self.notes = []
        self.excepted = []

    def fail(self, title, text, severity, expected=None, got=None):
        self.failures.append(f"{title}: {text}")
        self.findings.append(Finding(title, text, severity, expected, got))

    def refuse(self, document, problem):
        self.refused[document] = problem
        known = self.golden.rows.get((document, 0, REFUSED))
        shown = any(key[0] == document and key[1] > 0 for key in self.golden.rows)
        if known == problem or (known is None and not shown) or self.options.bless:
            return
        self.fail(document, f"is refused ({problem}); it was {known or 'shown'}", 1000)

    def take(self, result):
        self.results.append(result)
        where = f"{result.document} page {result.page}"
        for problem in result.problems:
            self.fail(where, problem, 500)
        for scale in result.scales:
            self.judge(result, scale, where)
        for request, verdict, expected, got in result.changed:
            self.judge_golden(result, where, request, verdict, expected, got)

    def judge(self, result, scale, where):
        where = f"{where} at 1/{scale.factor}"
        seam_limit, seam_share = measures.seam_tolerance(result.kind)
        checks = [("seams", scale.seams, seam_limit, seam_share)]
        if scale.fidelity:
            checks.append(("fidelity", scale.fidelity, *measures.FIDELITY))
        for name, measure, limit, share in checks:
            if measure.share <= share:
                continue
            allowance = self.allowances.get((result.document, result.page, scale.factor, name))
            text = f"{100 * measure.share:.3f} % of the pixels differ by more than {limit}, up to {measure.largest}"
            if allowance and measure.share <= allowance.share:
                self.excepted.append(f"{where}, {name}: {text} ({allowance.reason})")
                continue
            worst, expected, got, part = scale.worst[name]
            self.fail(f"{where}, {name}", f"{text}; worst in {part.x},{part.y},{part.width},{part.height}",
                      worst / max(share, 0.0005), expected, got)
        if scale.borders.is_cut:
            text = f"{100 * scale.borders.cut:.3f} % of a tile is there in one picture only: something is cut"
            allowance = self.allowances.get((result.document, result.page, scale.factor, "cut"))
            if allowance and scale.borders.cut <= allowance.share:
                self.excepted.append(f"{where}, cut: {text} ({allowance.reason})")
            else:
                _, expected, got, _ = scale.worst["seams"]
                self.fail(f"{where}, cut", text, scale.borders.cut / measures.CUT, expected, got)

    def judge_golden(self, result, where, request, verdict, expected, got):
        if self.options.bless:
            return
        elsewhere = self.golden.is_elsewhere(result.document, self.here)
        if verdict == "right":
            text = "changed, but right: it equals the engine's own picture"
        elif verdict == "wrong":
            text = "changed, and differs from the engine's own picture"
        else:
            text = "changed"
        if elsewhere and verdict != "wrong":
            self.notes.append(f"{where} {request}: {text} (blessed with other fonts or libraries)")
        else:
            self.fail(f"{where} {request}, golden", text, 5 if verdict == "right" else 20, expected, got)

    def blessed(self):
        rows = {(document, 0, REFUSED): problem for document, problem in self.refused.items()}
        for result in self.results:
            for request, value in result.digests.items():
                rows[(result.document, result.page, request)] = value
        return rows


def restart(options, folder, log, verdict):
    """After a restart each member still answers with the same bytes and entity tags."""
    wanted = {}
    for result in verdict.results:
        for path, answer in list(result.answers.items())[:1]:
            wanted[path] = (answer, result.document)
    again = Cluster(program(options), folder, log)
    try:
        client = Client(again.url)
        for path, (before, document) in wanted.items():
            answer = client.get(path, document)
            after = (answer.status, answer.etag, hashlib.sha256(answer.body).hexdigest())
            if after != before:
                verdict.fail(path, f"differs after a restart: {before} then {after}", 300)
    finally:
        again.stop()
    return len(wanted)


def table(verdict, everything):
    rows = []
    for result in verdict.results:
        for scale in result.scales:
            beside, elsewhere = scale.borders.shares
            rows.append((max(scale.seams.share, scale.fidelity.share if scale.fidelity else 0), result, scale, beside,
                         elsewhere))
    rows.sort(key=lambda row: -row[0])
    print(f"{'page':58} {'scale':>5} {'fidelity %':>10} {'max':>4} {'seams %':>8} {'max':>4} "
          f"{'beside %':>8} {'else %':>8} {'cut %':>7}")
    for _, result, scale, beside, elsewhere in rows if everything else rows[:20]:
        name = f"{result.document} {result.page}"
        fidelity = f"{100 * scale.fidelity.share:10.4f} {scale.fidelity.largest:4}" if scale.fidelity else f"{'-':>15}"
        print(f"{name[-58:]:58} {'1/' + str(scale.factor):>5} {fidelity} {100 * scale.seams.share:8.4f} "
              f"{scale.seams.largest:4} {100 * beside:8.4f} {100 * elsewhere:8.4f} {100 * scale.borders.cut:7.4f}")
    print()
    print(f"{'format':28} {'pages':>5} {'scales':>6} {'exact':>6} {'within':>6} {'no oracle':>9} {'worst fidelity %':>16} "
          f"{'seamless':>8} {'worst seam %':>12}")
    for kind in sorted({result.kind for result in verdict.results}):
        of_kind = [result for result in verdict.results if result.kind == kind]
        scales = [scale for result in of_kind for scale in result.scales]
        judged = [scale.fidelity for scale in scales if scale.fidelity]
        print(f"{kind:28} {len(of_kind):5} {len(scales):6} {sum(m.largest == 0 for m in judged):6} "
              f"{sum(m.share <= measures.FIDELITY[1] for m in judged):6} {len(scales) - len(judged):9} "
              f"{100 * max((m.share for m in judged), default=0):16.4f} "
              f"{sum(s.seams.share == 0 for s in scales):8} {100 * max((s.seams.share for s in scales), default=0):12.4f}")


def main():
    options = arguments()
    start = time.monotonic()
    corpus = options.corpus if os.path.isdir(options.corpus) else None
    documents = {name: file for name, file in pages.gather(REPOSITORY, corpus).items() if any(part in name for part in options.only.split(","))}
    golden = goldens.Goldens(REPOSITORY / "Tests/Golden")
    here = goldens.environment()
    allowances = exceptions.read(REPOSITORY / "Tests/Fidelity/exceptions.tsv")
    verdict = Verdict(options, golden, here, allowances)
    factors = [int(factor) for factor in options.factors.split(",")]
    reports = Path(options.report).resolve()
    reports.parent.mkdir(parents=True, exist_ok=True)
    log = reports.with_suffix(".log")
    log.unlink(missing_ok=True)
    left_out = 0
    with tempfile.TemporaryDirectory(prefix="recto-fidelity-") as folder:
        stage(documents, folder)
        running = Cluster(program(options), folder, log)
        try:
            client, members = Client(running.url), running.members()
            with ProcessPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
                waiting = set()
                for document, file in documents.items():
                    if options.budget and time.monotonic() - start > options.budget:
                        left_out += 1
                        continue
                    state, chosen = pages.describe(client, document, str(file), options.quick, factors)
                    if state != "shown":
                        verdict.refuse(document, state)
                    for page in chosen:
                        known = {key[2]: value for key, value in golden.rows.items()
                                 if key[:2] == (page.document, page.page)}
                        waiting.add(pool.submit(check, (page, running.url, members, known)))
                    # Not far ahead, so that the budget means something.
                    while len(waiting) > 4:
                        done = next(as_completed(waiting))
                        waiting.discard(done)
                        verdict.take(done.result())
                for done in as_completed(waiting):
                    verdict.take(done.result())
        finally:
            running.stop()
        restarted = restart(options, folder, log, verdict)
    table(verdict, options.all)
    finish(options, verdict, here, golden, restarted, left_out, corpus, time.monotonic() - start, reports)


def finish(options, verdict, here, golden, restarted, left_out, corpus, seconds, reports):
    print()
    by_problem = {}
    for document, problem in sorted(verdict.refused.items()):
        by_problem.setdefault(problem, []).append(document)
    for problem, names in sorted(by_problem.items()):
        print(f"not shown, {problem}: {', '.join(names)}")
    for result in verdict.results:
        if result.no_oracle:
            print(f"no picture from the engine: {result.document} page {result.page}: {result.no_oracle}")
    for line in verdict.excepted:
        print(f"excepted: {line}")
    for line in verdict.notes:
        print(f"note: {line}")
    if not corpus:
        print("note: the corpus is not here; only fixtures and samples were looked at")
    if left_out:
        print(f"note: {left_out} documents were left for a full run: the time was up")
    if options.bless:
        golden.bless(verdict.blessed(), here)
        print(f"blessed: {sum(len(result.digests) for result in verdict.results)} pictures of "
              f"{len(verdict.results)} pages")
    for line in verdict.failures:
        print(f"WRONG: {line}")
    print(f"{len(verdict.results)} pages, {restarted} asked again after a restart, {len(verdict.failures)} wrong, "
          f"{seconds:.0f} s")
    if verdict.findings:
        report.write(reports, verdict.findings, f"{len(verdict.failures)} findings")
        print(f"side by side: {reports}")
    sys.exit(1 if verdict.failures else 0)


main()
