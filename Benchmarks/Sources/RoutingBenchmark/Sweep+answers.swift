// SPDX-License-Identifier: Apache-2.0

extension Sweep {
    /// What was found, in sentences made from the figures: how each of them goes along the axis; where the points are in no
    /// order, in what the architectures are apart.
    package func answers(_ results: Results) -> [String] {
        guard points.allSatisfy({ $0.value != nil }) else {
            return points.flatMap { point in figures.flatMap { differences($0, point, results) } }
        }
        return figures.compactMap { course($0, results) }
    }

    /// From the first step to the last, and at which of them round-robin is apart from routing by document.
    private func course(_ figure: String, _ results: Results) -> String? {
        let evidence = points.map { (label: $0.label, evidence: Evidence(results: results, scene: $0.scene.name)) }
        let measured = evidence.filter { step in architectures.contains { step.evidence.interval(figure, $0) != nil } }
        guard let first = measured.first, let last = measured.last, measured.count > 1 else { return nil }
        let courses = architectures.compactMap { name -> String? in
            guard let start = first.evidence.interval(figure, name), let end = last.evidence.interval(figure, name)
            else { return nil }
            return "\(start.text) to \(last.evidence.text(end, figure)) with \(last.evidence.title(name))"
        }
        let sentence = "\(figure), \(axis) from \(first.label) to \(last.label): \(courses.joined(separator: "; "))."
        guard architectures.contains("document"), architectures.contains("round-robin") else { return sentence }
        let apart = measured.filter { step in
            guard let own = step.evidence.interval(figure, "document"),
                let other = step.evidence.interval(figure, "round-robin")
            else { return false }
            return own.differs(from: other)
        }.map(\.label)
        return sentence
            + (apart.isEmpty
                ? " Round-robin and one document, one node cannot be told apart anywhere."
                : " Round-robin and one document, one node are apart by more than noise at \(apart.joined(separator: ", ")).")
    }

    /// Of the first figure all comparisons, of the others those that are more than noise.
    private func differences(_ figure: String, _ point: Point, _ results: Results) -> [String] {
        let own = architectures.contains("document") ? "document" : architectures.first ?? ""
        let evidence = Evidence(results: results, scene: point.scene.name)
        return architectures.filter { $0 != own }.compactMap { rival in
            guard let (verdict, sentence) = evidence.compare(figure, rival, own, higherHolds: true),
                verdict != .noise || figure == figures.first
            else { return nil }
            return "\(point.scene.title): \(sentence)"
        }
    }
}
