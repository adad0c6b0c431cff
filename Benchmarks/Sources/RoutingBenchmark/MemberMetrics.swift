// SPDX-License-Identifier: Apache-2.0

import LoadDriver

/// What a process of the cluster counts itself, as Prometheus text.
struct MemberMetrics: Sendable {
    private var series: [(name: Substring, labels: Substring, value: Double)] = []

    init(_ text: String) {
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " "), let value = Double(line[line.index(after: space)...]) else {
                continue
            }
            let key = line[..<space]
            let name = key.prefix { $0 != "{" }
            series.append((name, key[name.endIndex...], value))
        }
    }

    /// Of one process; nil where it does not answer.
    init?(url: String) async {
        guard let target = LoadTarget(urls: [url]) else { return nil }
        let (host, port) = target.doors[0]
        guard let answer = try? await PlainClient.send(host: host, port: port, path: "/metrics"), answer.status == 200
        else { return nil }
        self.init(String(decoding: answer.body, as: UTF8.self))
    }

    /// Bytes that came from the archive over the network.
    var archiveBytes: Double { sum("recto_cache_fetched_bytes_total", label: ("layer", "blocks")) }

    /// Of all series of that name that have the label.
    func sum(_ name: String, label: (name: String, value: String)? = nil) -> Double {
        series.reduce(0) { sum, entry in
            guard entry.name == name, label.map({ entry.labels.contains("\($0.name)=\"\($0.value)\"") }) ?? true else {
                return sum
            }
            return sum + entry.value
        }
    }

    /// The values that a label has in the series of that name.
    func values(of label: String, in name: String) -> Set<String> {
        Set(
            series.compactMap { entry in
                guard entry.name == name, let range = entry.labels.firstRange(of: "\(label)=\"") else { return nil }
                return String(entry.labels[range.upperBound...].prefix { $0 != "\"" })
            })
    }
}
