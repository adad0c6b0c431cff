// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import FoundationEssentials
import NIOHTTP1

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the members of a cluster, as a router sees them.")

    @OptionGroup var admin: AdminOptions

    @Flag(help: "Print JSON.")
    var json = Environment.flag("json")

    private struct Answer: Decodable {
        var policy: String
        var fingerprint: String
        var wanted: Int?
        var members: [Member]
    }

    private struct Member: Decodable {
        var id: String
        var role: String
        var status: String
        var reachable: Bool
        var address: String
        var load: Int
        var capacity: Int
        var age: Double
        var openDocuments: Int
        var workerBytes: Int
        var tileCacheBytes: Int
        var rendering: String
    }

    func run() async throws {
        let bytes = try await admin.call(.GET, "/admin/nodes")
        guard !json else { return print(String(decoding: bytes, as: UTF8.self)) }
        let answer: Answer
        do {
            answer = try JSONDecoder().decode(Answer.self, from: Data(bytes))
        } catch {
            throw Failure("the answer of \(admin.admin) is not one of a router of this version")
        }
        let wanted = answer.wanted.map { ", \($0) nodes wanted" } ?? ""
        print("policy \(answer.policy), members \(answer.fingerprint)\(wanted)\n")
        var rows = [["MEMBER", "ROLE", "STATE", "LOAD", "OPEN", "WORKERS MB", "TILES MB", "AGE S", "ADDRESS"]]
        for member in answer.members {
            rows.append([
                member.id, member.role, member.reachable ? member.status : "unreachable",
                "\(member.load)/\(member.capacity)", "\(member.openDocuments)", megabytes(member.workerBytes),
                megabytes(member.tileCacheBytes), "\(Int(member.age))", member.address,
            ])
        }
        print(table(rows))
        if Set(answer.members.map(\.rendering)).count > 1 {
            RectoMain.complain(
                "Warning: the members do not render alike (different versions or fonts): the same tile differs.\n")
        }
    }

    private func megabytes(_ bytes: Int) -> String {
        let tenths = (bytes * 10 + 524_288) / 1_048_576
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func table(_ rows: [[String]]) -> String {
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ")
        }
        .joined(separator: "\n")
    }
}
