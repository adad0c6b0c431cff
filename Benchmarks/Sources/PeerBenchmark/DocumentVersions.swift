// SPDX-License-Identifier: Apache-2.0

import Foundation
package import LoadDriver

/// Versions of documents, as our viewer learns them from the structure stream. Taken before the measurement from a node
/// that is ended afterwards, so that nothing is open when it begins.
package enum DocumentVersions {
    private struct FirstLine: Decodable { var version: String }

    /// By the document's name as a path segment.
    package static func take(of shapes: [DocumentShape], in folder: String, program: String) async throws
        -> [String: String]
    {
        let nodes = RoleCluster(program: program, archive: ["--join", "127.0.0.1:1", "--archive", folder])
        defer { nodes.stop() }
        guard let door = LoadTarget(urls: [try nodes.addNode("node-1").url])?.doors.first else { return [:] }
        var versions: [String: String] = [:]
        for shape in shapes {
            let answer = try await PlainClient.patiently(door, "/documents/\(shape.path)/structure")
            let line = answer.body.prefix { $0 != UInt8(ascii: "\n") }
            versions[shape.path] = try JSONDecoder().decode(FirstLine.self, from: Data(line)).version
        }
        return versions
    }
}
