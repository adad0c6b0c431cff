# SPDX-License-Identifier: Apache-2.0
"""Looks at one page: everything that can be said of it, without judging exceptions and goldens of other pages."""

import hashlib
from dataclasses import dataclass, field

import numpy

import goldens
import measures
import oracles
from cluster import Client, image_path


@dataclass
class Finding:
    """A picture that is not as it should be."""
    title: str
    text: str
    severity: float
    expected: numpy.ndarray | None = None
    got: numpy.ndarray | None = None


@dataclass
class ScaleResult:
    factor: int
    fidelity: measures.Measure | None
    seams: measures.Measure
    borders: measures.Borders
    # The worst tile of each measure: (share, expected, got, part).
    worst: dict = field(default_factory=dict)


@dataclass
class PageResult:
    document: str
    page: int
    kind: str
    scales: list = field(default_factory=list)
    digests: dict = field(default_factory=dict)
    # Golden requests that changed: (request, "right" | "wrong" | "unknown", expected, got).
    changed: list = field(default_factory=list)
    # What each answer was by its path: (entity tag, digest of the bytes).
    answers: dict = field(default_factory=dict)
    problems: list = field(default_factory=list)
    # Why the engine itself has no picture.
    no_oracle: str | None = None


class NotShown(Exception):
    pass


class PageCheck:
    def __init__(self, page, url, members, known):
        self.page = page
        self.client = Client(url)
        self.members = {name: Client(address) for name, address in members.items()}
        self.known = known
        self.result = PageResult(page.document, page.page, page.kind)
        self.pictures = {}
        self.oracle = None

    def path(self, request):
        return image_path(self.page.document, self.page.page, request)

    def get(self, request):
        if request not in self.pictures:
            answer = self.client.get(self.path(request), self.page.document)
            if answer.status != 200:
                raise NotShown(f"{request}: {answer.status} {answer.problem}")
            self.pictures[request] = oracles.decode(answer.body)
        return self.pictures[request]

    def run(self):
        try:
            try:
                self.oracle = oracles.oracle(self.page)
            except Exception as error:
                self.result.no_oracle = str(error)
            for scale in self.page.scales:
                self.pictures = {}
                self.look(scale)
            self.pictures = {}
            self.compare_goldens()
            self.compare_members()
        except NotShown as error:
            self.result.problems.append(str(error))
        finally:
            if self.oracle:
                self.oracle.close()
        return self.result

    def expected(self, scale, part):
        if self.oracle is None:
            return None
        try:
            return self.oracle.draw(scale, part)
        except oracles.NoPicture as error:
            self.result.no_oracle = str(error)
            return None

    def look(self, scale):
        piece = self.get(scale.piece.request(scale.factor, self.page.size))
        result = ScaleResult(scale.factor, None, measures.Measure(), measures.Borders())
        limit, _ = measures.seam_tolerance(self.page.kind)
        for part in scale.tiles:
            got = self.get(part.request(scale.factor, self.page.size))
            if got.shape[:2] != (part.height, part.width):
                raise NotShown(f"{part}: it is {got.shape[1]} × {got.shape[0]}")
            x, y = part.x - scale.piece.x, part.y - scale.piece.y
            beside = piece[y:y + part.height, x:x + part.width]
            apart = measures.difference(beside, got)
            result.seams.add(apart, limit)
            inner = (part.x > scale.piece.x, part.y > scale.piece.y,
                     part.x + part.width < scale.piece.x + scale.piece.width,
                     part.y + part.height < scale.piece.y + scale.piece.height)
            result.borders.add(apart, limit, inner, beside, got)
            self.keep_worst(result, "seams", apart, limit, beside, got, part)
            self.compare_oracle(result, scale, part, got)
        self.result.scales.append(result)

    def compare_oracle(self, result, scale, part, got):
        expected = self.expected(scale, part)
        if expected is None:
            return
        result.fidelity = result.fidelity or measures.Measure()
        got = got[:expected.shape[0], :expected.shape[1]]
        apart = measures.difference(expected, got)
        limit, _ = measures.FIDELITY
        result.fidelity.add(apart, limit)
        self.keep_worst(result, "fidelity", apart, limit, expected, got, part)

    @staticmethod
    def keep_worst(result, measure, apart, limit, expected, got, part):
        share = float((apart > limit).mean())
        if share > 0 and share > result.worst.get(measure, (0,))[0]:
            result.worst[measure] = (share, expected.copy(), got.copy(), part)

    def compare_goldens(self):
        for request, scale, part in self.page.goldens:
            got = self.get(request)
            value = goldens.digest(got)
            self.result.digests[request] = value
            if self.known.get(request, value) == value:
                continue
            expected = None if part is None else self.expected(scale, part)
            if expected is None:
                verdict = "unknown"
            else:
                limit, share = measures.FIDELITY
                got = got[:expected.shape[0], :expected.shape[1]]
                verdict = "right" if (measures.difference(expected, got) > limit).mean() <= share else "wrong"
            self.result.changed.append((request, verdict, expected, got))

    def compare_members(self):
        """The same request to each member: the same bytes and entity tag."""
        for request, _, _ in self.page.goldens[:2]:
            path = self.path(request)
            seen = {}
            for name, client in self.members.items():
                answer = client.get(path, self.page.document)
                seen[name] = (answer.status, answer.etag, hashlib.sha256(answer.body).hexdigest())
            if len(set(seen.values())) > 1:
                self.result.problems.append(f"{request}: members differ: {seen}")
            self.result.answers[path] = next(iter(seen.values()))


def check(arguments):
    return PageCheck(*arguments).run()
