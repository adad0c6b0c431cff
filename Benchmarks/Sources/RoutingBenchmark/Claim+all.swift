// SPDX-License-Identifier: Apache-2.0

extension Claim {
    /// What makers of such systems say, in our words. **Adding one:** a line here.
    package static let all: [Claim] = [
        Claim(text: "With round-robin every server ends up having loaded the document.") { evidence in
            let figure = "Archive opens per document read to the end"
            let nodes = evidence.results.runs(evidence.scene, "whole-round-robin").compactMap { $0.holdings?.nodes }
                .max()
            guard let opens = evidence.interval(figure, "whole-round-robin"), let nodes else {
                return evidence.compare("Archive opens per document", "round-robin", "document", higherHolds: true)
            }
            var sentence =
                "with \(nodes) nodes that read documents whole, one that is read to the end is opened \(opens.text) times"
            if let shared = evidence.interval(figure, "round-robin") {
                sentence += "; nodes that read ranges and share blocks open it \(shared.text) times"
            }
            if let one = evidence.interval(figure, "document") { sentence += "; by document \(one.text) times" }
            return (opens.mean + opens.halfWidth >= 0.95 * Double(nodes) ? .holds : .fails, sentence + ".")
        },
        Claim(text: "With round-robin every server holds the objects of every document.") {
            $0.compare("Copies of a document in the cluster", "round-robin", "document", higherHolds: true)
        },
        Claim(text: "Affinity is the fastest, because nothing is serialised.") {
            $0.isBest(
                "Time to all visible tiles, p95", "document",
                among: ["round-robin", "shared-document", "shared-tiles", "no-cache"])
        },
        Claim(text: "A portal beside rendering servers shows the first page fast.") {
            $0.compare("Time to first page, median", "all-in-one-sticky", "document", higherHolds: true)
        },
        Claim(text: "Rendering servers free the portal, and the application beside it.", scenes: ["host-busy"]) {
            $0.compare("Host application, p99", "all-in-one-sticky", "document", higherHolds: true)
        },
        Claim(text: "A portal beside rendering servers has to read the archive twice.") { evidence in
            let figure = "Archive opens per document read to the end"
            guard let opens = evidence.interval(figure, "document") else { return nil }
            var sentence = "a document that is read to the end is opened \(opens.text) times where members share blocks"
            for name in ["ranges", "whole-document"] {
                if let other = evidence.interval(figure, name) {
                    sentence += ", \(other.text) times with \(evidence.title(name))"
                }
            }
            return (opens.mean - opens.halfWidth > 1.5 ? .holds : .fails, sentence + ".")
        },
        // The same routing and the same reads, with and without Redis.
        Claim(text: "A distributed cache of documents costs serialisation and network.") {
            $0.compare(
                "Processor time of all per 1,000 tiles", "shared-document", "whole-round-robin", higherHolds: true)
        },
        Claim(text: "A distributed cache of tiles costs serialisation and network.") {
            $0.compare("Processor time of all per 1,000 tiles", "shared-tiles", "round-robin", higherHolds: true)
        },
        Claim(
            text: "A distributed cache has to wait until the document is wholly read.", scenes: ["slow-archive"]
        ) {
            // The same routing: who shares whole documents, and who reads ranges and shares blocks as they come.
            $0.compare("Time to first tile, p95", "shared-document", "round-robin", higherHolds: true)
        },
        Claim(text: "A stateless backend is out of reach.") { evidence in
            let figure = "Time to all visible tiles, p95"
            guard let without = evidence.interval(figure, "no-cache"), let own = evidence.interval(figure, "document")
            else { return nil }
            let times = Interval.shown(without.mean / max(own.mean, 0.001))
            let sentence =
                "\(Evidence.inner(figure)) \(without.text) ms without any local cache, \(own.text) ms by document: \(times) times as long"
            guard without.differs(from: own) else { return (.noise, sentence + ", which is within noise.") }
            return (without.mean > 2 * own.mean ? .holds : .fails, sentence + "; twice is where we draw the line.")
        },
        Claim(text: "No local cache at all is better than affinity.") {
            $0.compare("Processor time of all per 1,000 tiles", "document", "no-cache", higherHolds: true)
        },
        Claim(text: "One user, one node is as good as one document, one node.") { evidence in
            guard
                let (verdict, sentence) = evidence.compare(
                    "Copies of a document in the cluster", "session-cookie", "document", higherHolds: false)
            else { return nil }
            return (verdict == .noise ? .holds : verdict, sentence)
        },
        Claim(text: "Affinity by document needs less processor time than round-robin.") {
            $0.compare("Processor time of all per 1,000 tiles", "round-robin", "document", higherHolds: true)
        },
        Claim(text: "Affinity loads nodes unevenly.") {
            $0.compare("Load skew", "document", "round-robin", higherHolds: true)
        },
    ]
}
