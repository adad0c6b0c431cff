// SPDX-License-Identifier: Apache-2.0

/// Something that is said about session affinity, and what the figures say of it. Sentences are made from the figures, so
/// that they stay true when those change.
package struct Claim: Sendable {
    package enum Verdict: String, Sendable, Codable {
        case holds = "holds"
        case fails = "does not hold"
        case noise = "within noise"
        case open = "not measured here"
    }

    package struct Finding: Sendable, Codable {
        package var claim: String
        package var verdict: Verdict
        package var sentence: String
    }

    package var text: String
    /// Looked at first, if they are among the scenes.
    var scenes: [String] = []
    /// Nil where the runs that it needs are not there.
    var judge: @Sendable (Evidence) -> (Verdict, String)?

    /// In the first scene that has the runs.
    package func finding(_ results: Results) -> Finding {
        let all = results.selection.usualFirst
        let ordered = scenes.compactMap { name in all.first { $0.name == name } } + all
        for scene in ordered {
            if let (verdict, sentence) = judge(Evidence(results: results, scene: scene.name)) {
                return Finding(claim: text, verdict: verdict, sentence: "\(scene.title): \(sentence)")
            }
        }
        return Finding(claim: text, verdict: .open, sentence: "The runs that would tell are not among these.")
    }
}

/// The figures of one scene, as claims ask for them.
struct Evidence: Sendable {
    let results: Results
    let scene: String

    func interval(_ figure: String, _ architecture: String) -> Interval? {
        results.interval(figure, scene, architecture)
    }

    /// Whether the figure of one architecture is above that of another.
    func compare(
        _ figure: String, _ left: String, _ right: String, higherHolds: Bool
    ) -> (Claim.Verdict, String)? {
        guard let first = interval(figure, left), let second = interval(figure, right) else { return nil }
        let sentence =
            "\(Self.inner(figure)) \(text(first, figure)) with \(title(left)), \(text(second, figure)) with \(title(right))"
        guard first.differs(from: second) else { return (.noise, sentence + ": the difference is within noise.") }
        let ratio = first.ratioText(to: second)
        let isHigher = first.ratio(to: second).map { $0.mean > 1 } ?? (first.mean > second.mean)
        return (isHigher == higherHolds ? .holds : .fails, sentence + (ratio.isEmpty ? "." : ": \(ratio)."))
    }

    /// Whether one architecture is the best of all that are there: each of the others is worse by more than noise.
    func isBest(_ figure: String, _ architecture: String, among others: [String]) -> (Claim.Verdict, String)? {
        guard let own = interval(figure, architecture) else { return nil }
        let rivals = others.compactMap { name in interval(figure, name).map { (name, $0) } }
        guard !rivals.isEmpty else { return nil }
        let better = rivals.filter { $0.1.differs(from: own) && $0.1.mean < own.mean }
        let alike = rivals.filter { !$0.1.differs(from: own) }
        let list = rivals.map { name, interval in
            let ratio = interval.ratioText(to: own)
            return "\(text(interval, figure)) with \(title(name))" + (ratio.isEmpty ? "" : ", \(ratio)")
        }.joined(separator: "; ")
        let sentence = "\(Self.inner(figure)) \(text(own, figure)) with \(title(architecture)); \(list)"
        guard better.isEmpty else { return (.fails, sentence + ".") }
        guard !alike.isEmpty else { return (.holds, sentence + ".") }
        let names = alike.map { title($0.0) }.joined(separator: " and ")
        return (.noise, sentence + ": what sets it apart from \(names) is within noise.")
    }

    func text(_ interval: Interval, _ figure: String) -> String {
        let unit = Figure.named(figure)?.unit ?? ""
        return interval.text + (unit.isEmpty ? "" : " \(unit)")
    }

    func title(_ architecture: String) -> String {
        let title = Architecture.named(architecture)?.title ?? architecture
        return title.prefix(1).lowercased() + title.dropFirst()
    }

    static func inner(_ figure: String) -> String { figure.prefix(1).lowercased() + figure.dropFirst() }
}
