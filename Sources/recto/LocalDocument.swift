// SPDX-License-Identifier: Apache-2.0

import Access
import ArgumentParser
import Glibc
import HTTPService
import Logging
import RenderPool
import TileModel
import TileService

/// A file that a command works on, through the same service and the same workers as in a cluster: its folder is the archive.
struct LocalDocument {
    let service: DocumentService
    let reference: DocumentReference
    let grant: Grant

    /// - Parameter passwordFile: holds the password in its first line: arguments of a command are seen by everybody.
    init(path: String, passwordFile: String?) async throws {
        LoggingSystem.bootstrap { _ in SwiftLogNoOpLogHandler() }
        guard Glibc.access(path, R_OK) == 0 else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { String(path[...$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        guard let document = try? DocumentID(name) else { throw Failure("\(path) is not a name of a document") }
        var options = try ServiceOptions.parse([])
        options.archives.archive = [folder.contains("=") ? "file://\(folder)" : folder]
        service = try await Composition.service(
            options, member: "command", workers: 1, peers: nil, hasTiers: false, logger: Logger(label: "recto"))
        reference = DocumentReference(document: document, version: nil)
        grant = try service.access.decide(
            AccessRequest(right: .view, document: document, password: try passwordFile.map(Self.password)))
    }

    private static func password(in path: String) throws -> DocumentPassword {
        guard let file = fopen(path, "r") else { throw Failure("\(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 1024)
        guard fgets(&line, CInt(line.count), file) != nil else { throw Failure("\(path) is empty") }
        let text = String(
            decoding: line.prefix { $0 != 0 && $0 != 10 && $0 != 13 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard let password = DocumentPassword(header: text) else { throw Failure("\(path) holds no password") }
        return password
    }

    /// Does one thing with the service, then ends its workers.
    /// - Throws: `Failure` with what the user is told.
    func using<Result>(_ body: (DocumentService) async throws -> Result) async throws -> Result {
        do {
            let result = try await body(service)
            await service.pool.shutDown()
            return result
        } catch {
            await service.pool.shutDown()
            let problem = service.problem(error)
            throw Failure([problem.title, problem.detail].compactMap { $0 }.joined(separator: " "))
        }
    }
}
