// SPDX-License-Identifier: Apache-2.0

/// Something that is said about session affinity, and what the figures say of it. Sentences are made from the figures, so
/// that they stay true when those change.
///
/// **Adding one:** a line in `all`.
package struct Claim: Sendable {
    package enum Verdict: String, Sendable, Codable {
        case holds = "holds"
        case fails = "does not hold"
        case open = "not to be told from these runs"
    }

    package struct Finding: Sendable, Codable {
        package var claim: String
        package var verdict: Verdict
        package var sentence: String
    }

    package var text: String
    /// Nil where the runs that it needs are not there.
    var judge: @Sendable (Results, _ scene: String) -> (Verdict, String)?

    /// In the first scene that has the runs.
    package func finding(_ results: Results) -> Finding {
        for scene in results.scenes {
            if let (verdict, sentence) = judge(results, scene.name) {
                return Finding(claim: text, verdict: verdict, sentence: "\(scene.title): \(sentence)")
            }
        }
        return Finding(claim: text, verdict: .open, sentence: "The runs that would tell are not among these.")
    }

    package static let all: [Claim] = [
        Claim(text: "With round-robin every server ends up having loaded every document.") { results, scene in
            compare("Archive opens per document", results, scene, "round-robin", "document", higherHolds: true)
        },
        Claim(text: "With round-robin every server holds the objects of every document.") { results, scene in
            compare("Copies of a document in the cluster", results, scene, "round-robin", "document", higherHolds: true)
        },
        Claim(text: "Affinity by document is faster for the reader than round-robin.") { results, scene in
            compare(
                "Time to all visible tiles, p95", results, scene, "round-robin", "document", higherHolds: true)
        },
        Claim(text: "Affinity by document needs less processor time than round-robin.") { results, scene in
            compare(
                "Processor time of nodes per 1,000 tiles", results, scene, "round-robin", "document", higherHolds: true)
        },
        Claim(text: "Affinity by session is as good as affinity by document.") { results, scene in
            guard
                let (verdict, sentence) = compare(
                    "Archive opens per document", results, scene, "session-cookie", "document", higherHolds: false)
            else { return nil }
            return (verdict == .open ? .holds : verdict, sentence)
        },
        Claim(text: "A portal beside the nodes shows the first page sooner than all-in-one servers.") {
            results, scene in
            compare(
                "Time to first page, median", results, scene, "all-in-one-round-robin", "document", higherHolds: true)
        },
        Claim(text: "A portal beside rendering nodes has to read the archive twice.") { results, scene in
            guard let opens = results.interval("Archive bytes per document byte", scene, "document") else { return nil }
            let verdict: Verdict = opens.mean - opens.halfWidth > 1.5 ? .holds : .fails
            return (verdict, "the archive sent \(opens.text) × the bytes of the documents that were read.")
        },
        Claim(text: "Affinity loads nodes unevenly.") { results, scene in
            compare("Load skew", results, scene, "document", "round-robin", higherHolds: true)
        },
    ]

    /// Whether the figure of one architecture is above that of another.
    private static func compare(
        _ figure: String, _ results: Results, _ scene: String, _ left: String, _ right: String, higherHolds: Bool
    ) -> (Verdict, String)? {
        guard let unit = Figure.all.first(where: { $0.name == figure })?.unit,
            let first = results.interval(figure, scene, left), let second = results.interval(figure, scene, right)
        else { return nil }
        let spaced = unit.isEmpty ? "" : " \(unit)"
        let sentence =
            "\(figure.prefix(1).lowercased())\(figure.dropFirst()): \(first.text)\(spaced) with \(left), \(second.text)\(spaced) with \(right)"
        guard first.differs(from: second) else { return (.open, sentence + "; the difference is within noise.") }
        return ((first.mean > second.mean) == higherHolds ? .holds : .fails, sentence + ".")
    }
}

extension Interval {
    /// `12.3 ± 0.4`.
    package var text: String {
        let digits = Self.shown(mean)
        return count > 1 ? "\(digits) ± \(Self.shown(halfWidth))" : digits
    }

    /// Three significant figures, and no more than two behind the point.
    private static func shown(_ value: Double) -> String {
        let places = abs(value) >= 100 ? 0 : abs(value) >= 10 ? 1 : 2
        let factor = [1.0, 10, 100][places]
        let rounded = (value * factor).rounded() / factor
        return places == 0 ? "\(Int(rounded))" : "\(rounded)"
    }
}
