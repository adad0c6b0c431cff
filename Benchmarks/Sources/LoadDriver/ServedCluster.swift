// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOHTTP1

/// A `recto serve` and its render nodes as processes. Nothing changes after it has been made: `Process` is not marked as
/// what may be shared, but it is only told to end.
package final class ServedCluster: @unchecked Sendable {
    private let process: ChildProcess
    /// Of the front door and the admin port.
    package let url: String
    package let adminURL: String
    private let admin: (host: String, port: Int)

    package var processID: Int32 { process.id }

    private struct Addresses: Decodable {
        var url: String
        var admin: String
    }

    /// - Parameter log: where what the cluster says goes.
    package init(program: String, arguments: [String], log: String) throws {
        let output = Pipe()
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        process = try ChildProcess(
            program, ["serve", "--port", "0", "--admin-port", "0", "--json"] + arguments, output: output,
            errors: FileHandle(forWritingAtPath: log))
        var line = Data()
        while !line.contains(UInt8(ascii: "\n")) {
            let more = output.fileHandleForReading.availableData
            guard !more.isEmpty else { throw Failure("the cluster did not start; see \(log)") }
            line += more
        }
        let addresses = try JSONDecoder().decode(Addresses.self, from: line)
        guard let target = LoadTarget(urls: [addresses.admin]) else {
            throw Failure("“\(addresses.admin)” is no address")
        }
        url = addresses.url
        adminURL = addresses.admin
        admin = target.doors[0]
    }

    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        package init(_ description: String) { self.description = description }
    }

    package struct Member: Decodable, Sendable {
        package var id: String
        package var role: String
        package var status: String
        package var reachable: Bool
        package var load: Int
    }

    private struct Nodes: Decodable { var members: [Member] }

    package func members() async throws -> [Member] {
        let answer = try await PlainClient.send(host: admin.host, port: admin.port, path: "/admin/nodes")
        return try JSONDecoder().decode(Nodes.self, from: Data(answer.body)).members
    }

    package func scale(to count: Int) async throws {
        let answer = try await PlainClient.send(
            .PUT, host: admin.host, port: admin.port, path: "/admin/scale", body: "{\"nodes\":\(count)}")
        guard answer.status == 202 else { throw Failure("scaling was answered with \(answer.status)") }
    }

    /// Returns once so many nodes are ready and none is in another state.
    package func settled(nodes count: Int) async throws {
        while true {
            let nodes = try await members().filter { $0.role == "node" }
            if nodes.count == count, nodes.allSatisfy({ $0.status == "ready" && $0.reachable }) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The process of the node of that id, a child of ours.
    package func processID(ofNode id: String) throws -> Int32 {
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let number = Int32(entry), let text = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
            else { continue }
            let arguments = text.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            guard arguments.dropFirst().first == "node", arguments.contains(id),
                parent(of: number) == process.id
            else { continue }
            return number
        }
        throw Failure("there is no process of \(id)")
    }

    private func parent(of number: Int32) -> Int32? {
        guard let text = FileManager.default.contents(atPath: "/proc/\(number)/stat") else { return nil }
        // Behind the name, which may contain anything: state and parent.
        let fields = String(decoding: text, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
        return fields.flatMap { $0.count > 1 ? Int32($0[1]) : nil }
    }

    package func stop() { process.terminate() }
}
