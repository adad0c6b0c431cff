// SPDX-License-Identifier: Apache-2.0

/// The status of a cluster as text.
struct StatusTable {
    let status: ClusterStatus

    private static let heads = [
        "MEMBER", "ROLE", "STATE", "SHARE", "LOAD", "HITS", "OPEN", "MEMORY MB", "AGE S", "ADDRESS",
    ]

    var text: String {
        let rows = [Self.heads] + status.members.map(Self.row)
        let widths = Self.heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return String(cells.joined(separator: "  ").reversed().drop { $0 == " " }.reversed())
        }
        return ([heading, ""] + lines).joined(separator: "\n")
    }

    private var heading: String {
        var parts = ["policy \(status.policy)", "members \(status.fingerprint)"]
        if let wanted = status.wanted { parts.append("\(wanted) \(wanted == 1 ? "node" : "nodes") wanted") }
        if let scale = status.autoscale {
            parts.append("\(scale.minimum)...\(scale.maximum) by load, now \(Self.percent(scale.busy)) busy")
        }
        if let routers = status.routers, routers.count > 1 { parts.append("\(routers.count) routers") }
        return parts.joined(separator: ", ")
    }

    private static func row(_ member: ClusterStatus.Member) -> [String] {
        [
            member.id, member.role, member.reachable ? member.status : "unreachable",
            member.share.map(percent) ?? "-", "\(member.load)/\(member.capacity)", hits(member),
            "\(member.openDocuments)", megabytes(member.workerBytes + member.tileCacheBytes), "\(Int(member.age))",
            member.address,
        ]
    }

    private static func hits(_ member: ClusterStatus.Member) -> String {
        guard let hits = member.tileHits, let misses = member.tileMisses, hits + misses > 0 else { return "-" }
        return percent(Double(hits) / Double(hits + misses))
    }

    private static func percent(_ value: Double) -> String { "\(Int((value * 100).rounded())) %" }

    private static func megabytes(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + 524_288) / 1_048_576
        return "\(tenths / 10).\(tenths % 10)"
    }
}
