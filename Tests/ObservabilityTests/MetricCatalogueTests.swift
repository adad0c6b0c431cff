// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import Observability

struct MetricCatalogueTests {
    /// The names in the first column of the tables of `docs/metrics.md`.
    private static let documented: [String] = {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = (try? String(contentsOf: repository.appending(path: "docs/metrics.md"), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            line.hasPrefix("| `") ? line.dropFirst(3).prefix { $0 != "`" }.description : nil
        }
    }()

    @Test("every metric has its line in docs/metrics.md, and every line its metric")
    func documents() {
        #expect(Set(Self.documented) == Set(MetricCatalogue.all.map(\.name)))
        #expect(Set(Self.documented).count == Self.documented.count)
    }

    @Test("names are those that Prometheus takes, in order, and their help is one sentence")
    func names() {
        let names = MetricCatalogue.all.map(\.name)
        #expect(names == names.sorted() && Set(names).count == names.count)
        for (name, help) in MetricCatalogue.all {
            #expect(MetricName.isValid(name))
            #expect(help.hasSuffix(".") && !help.contains("\n"), "\(name)")
        }
    }
}
