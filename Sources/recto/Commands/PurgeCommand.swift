// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Cluster
import FoundationEssentials
import NIOHTTP1
import TileModel

struct PurgeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge", abstract: "Has every member of a cluster forget what it caches of documents.",
        discussion: """
            Nothing has to be purged for new versions to show: that takes the version interval at most. This makes it \
            at once, and frees the room. It exits with 1 where a member could not be reached.
            """)

    @Argument(help: "The name of the document.")
    var document: String?

    @Option(help: "All documents whose names begin so; an empty text: all.")
    var prefix: String?

    @Option(help: "Names what happened; what comes again under this name only has the archive asked again.")
    var event: String?

    @OptionGroup var admin: AdminOptions

    @Flag(help: "Print the answer as JSON.")
    var json = Environment.flag("json")

    func validate() throws { _ = try message() }

    private func message() throws -> PurgeMessage {
        switch (document, prefix) {
        case (let name?, nil):
            do { return PurgeMessage(.document(try DocumentID(name)), event: event) } catch {
                throw ValidationError("“\(name)” cannot be a document's name. \(error.explanation)")
            }
        case (nil, let prefix?): return PurgeMessage(.prefix(Array(prefix.utf8)), event: event)
        default: throw ValidationError("Name a document, or the beginning of names with --prefix.")
        }
    }

    private struct Answer: Decodable {
        var purged: [String]
    }

    func run() async throws {
        let body = String(decoding: ClusterCoding.encode(try message()), as: UTF8.self)
        let answer = try await admin.client.call(.POST, "/admin/purge", body)
        guard !json else { return print(String(decoding: answer, as: UTF8.self)) }
        let purged = try JSONDecoder().decode(Answer.self, from: Data(answer)).purged
        let what = document.map { "“\($0)”" } ?? (prefix == "" ? "everything" : "“\(prefix ?? "")…”")
        print("Purged \(what) at \(purged.count) \(purged.count == 1 ? "member" : "members").")
    }
}
