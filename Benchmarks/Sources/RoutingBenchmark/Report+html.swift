// SPDX-License-Identifier: Apache-2.0

extension Report {
    package var html: String {
        """
        <!doctype html>
        <html lang="en">
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Sticky against round-robin</title>
        <style>\(ReportStyle.css)</style>
        <main>
        <header><p class="kicker">Recto \(HTML.escaped(machine.version)) · \(HTML.escaped(date))</p>
        <h1>Sticky against round-robin, measured</h1>
        <p class="lead">\(HTML.escaped(summary))</p></header>
        \(cards)
        <h2 id="claims">What is said, and what was found</h2>
        \(findingsList)
        \(limits)
        \(results.selection.ownScenes.map(section).joined(separator: "\n"))
        \(results.selection.sweeps.map(section).joined(separator: "\n"))
        \(layers)
        \(settings)
        \(honesty)
        \(method)
        \(definitions)
        </main>
        </html>
        """
    }

    /// A few sentences out of the figures.
    private var summary: String {
        let count = { (verdict: Claim.Verdict) in findings.count { $0.verdict == verdict } }
        var parts = [
            "Of \(findings.count) things that are said about session affinity, \(count(.holds)) hold in these runs and \(count(.fails)) do not."
        ]
        if count(.noise) > 0 { parts.append("In \(count(.noise)) the difference is within noise.") }
        if count(.open) > 0 { parts.append("\(count(.open)) could not be told from the runs that were made.") }
        return (parts + headline).joined(separator: " ")
    }

    /// The scene that stands for all where one must.
    var firstScene: Scene? {
        results.selection.scenes.first { $0.name == "steady" } ?? results.selection.usualFirst.first
    }

    /// Whom routing by document is compared with.
    var rival: Architecture? {
        guard let firstScene else { return nil }
        let present = results.present(firstScene)
        return ["round-robin", "whole-round-robin"].compactMap { name in present.first { $0.name == name } }.first
    }

    private var headline: [String] {
        guard let firstScene, let rival else { return [] }
        let evidence = Evidence(results: results, scene: firstScene.name)
        return ["Archive opens per document", "Time to all visible tiles, p95"].compactMap { figure in
            evidence.compare(figure, rival.name, "document", higherHolds: true)
                .map(\.1)
        }.enumerated().map { place, sentence in
            place == 0
                ? "\(firstScene.title): \(sentence)" : sentence.prefix(1).uppercased() + sentence.dropFirst()
        }
    }

    /// What routing by document is worth, as ratios.
    private var cards: String {
        guard let firstScene, let rival else { return "" }
        let figures = [
            "Archive opens per document", "Copies of a document in the cluster", "Memory per node at the end",
            "Processor time of all per 1,000 tiles", "Time to first page, median", "Time to all visible tiles, p95",
        ]
        let all = figures.compactMap { card($0, firstScene.name, rival) }
        guard !all.isEmpty else { return "" }
        return """
            <p class="note">\(HTML.escaped(firstScene.title)): \(HTML.escaped(rival.title)) → one document, one node\(repetitions == 1 ? ". Single runs: there are no intervals, and only differences above a tenth are called so" : ", means of \(repetitions) repetitions with 95 % intervals")</p>
            <div class="cards">\(all.joined())</div>
            """
    }

    private func card(_ name: String, _ scene: String, _ rival: Architecture) -> String? {
        guard let figure = Figure.named(name), let other = results.interval(figure, scene, rival.name),
            let own = results.interval(figure, scene, "document")
        else { return nil }
        let differs = own.differs(from: other)
        let kind = !differs ? "noise" : own.mean < other.mean ? "good" : "bad"
        let ratio =
            !differs || own.mean <= 0 || other.mean <= 0
            ? "=" : "÷ \(Interval.shown(other.ratio(to: own)?.mean ?? other.mean / own.mean))"
        let unit = figure.unit.isEmpty ? "" : " \(figure.unit)"
        return """
            <div class="card \(kind)"><b>\(ratio)</b><span>\(HTML.escaped(name))</span>\
            <small>\(other.text) → \(own.text)\(unit)\(differs ? "" : "<br>within noise")</small></div>
            """
    }

    private var findingsList: String {
        let items = findings.map {
            """
            <li><span class="verdict \(Self.style($0.verdict))">\($0.verdict.rawValue)</span>\
            <b>\(HTML.escaped($0.claim))</b><span>\(HTML.escaped($0.sentence))</span></li>
            """
        }
        return "<ul class=\"findings\">\(items.joined())</ul>"
    }

    private static func style(_ verdict: Claim.Verdict) -> String {
        switch verdict {
        case .holds: "holds"
        case .fails: "fails"
        case .noise, .open: "unclear"
        }
    }

    // MARK: Where affinity does not pay

    private var limits: String {
        var (worse, equal): ([String], [String]) = ([], [])
        for figure in Figure.all where figure.isBetterLow && figure.name != "Documents that changed node" {
            var (alike, measured): ([String], Int) = ([], 0)
            for scene in results.selection.scenes {
                let evidence = Evidence(results: results, scene: scene.name)
                guard let own = evidence.interval(figure.name, "document"),
                    let other = evidence.interval(figure.name, rival?.name ?? "")
                else { continue }
                measured += 1
                if !own.differs(from: other) {
                    alike.append(Evidence.inner(scene.title))
                } else if own.mean > other.mean {
                    worse.append(
                        "\(figure.name) (\(Evidence.inner(scene.title))): \(evidence.text(own, figure.name)) against \(evidence.text(other, figure.name))"
                    )
                }
            }
            guard !alike.isEmpty else { continue }
            equal.append(
                alike.count == measured ? figure.name : "\(figure.name) (\(alike.joined(separator: "; ")))")
        }
        guard let rival else { return "" }
        return """
            <h2 id="limits">Where affinity does not pay</h2>
            <p>One document, one node, against \(HTML.escaped(Evidence.inner(rival.title))).</p>
            <p>\(worse.isEmpty ? "Nothing was found in which it is worse." : "It is worse in:")</p>\
            \(HTML.list(worse))
            \(equal.isEmpty ? "" : "<details><summary>It makes no difference that can be told from noise in \(equal.count) figures, everywhere or where it is said</summary>\(HTML.list(equal))</details>")
            """
    }
}
