// SPDX-License-Identifier: Apache-2.0

import Access
import Archive
import Foundation
import Logging
import NIOCore
import RenderPool
import SlowArchive
import TestSupport
import TileModel
import WorkerProtocol

@testable import TileService

/// A service with real workers, and an archive that it can only read in ranges.
final class DistantService {
    let folder: String
    let archive: SlowArchive
    private(set) var service: DocumentService
    private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Where the worker programs are: beside this test.
    static let programs: String = {
        let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = (own as NSString).deletingLastPathComponent
        if FileManager.default.fileExists(atPath: beside + "/recto-worker-pdf") { return beside }
        return "\(repository)/.build/debug"
    }()

    static let repository = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    private let interval: Duration

    /// - Parameter interval: for which versions are believed.
    init(workers: Int = 1, interval: Duration = .seconds(5)) async throws {
        self.interval = interval
        folder = NSTemporaryDirectory() + "recto-distant-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder + "/documents", withIntermediateDirectories: true)
        archive = try SlowArchive(folder: folder + "/documents")
        service = try await Self.service(archive, cache: folder + "/cache", workers, logger, interval)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    static func service(
        _ archive: any DocumentArchive, cache: String, _ workers: Int, _ logger: Logger,
        _ interval: Duration = .seconds(5)
    ) async throws -> DocumentService {
        let pool = RenderPool(
            configuration: RenderPool.Configuration(programFolder: programs, workers: workers, deadline: .seconds(60)),
            logger: logger)
        try await pool.start()
        var configuration = DocumentService.Configuration(
            tileCacheBytes: 1 << 20, blocks: BlockStore.Configuration(folder: cache, name: "node", budget: 1 << 30))
        configuration.versionInterval = interval
        return DocumentService(
            configuration: configuration,
            archive: BreakerArchive(archive, logger: logger), access: OpenAccess(), pool: pool, logger: logger)
    }

    /// Another process in place of the one before, with what that left on disk.
    func restart() async throws {
        await service.pool.shutDown()
        // The folder's lock goes with the old store.
        let former = Former(service.blocks)
        service = try await Self.service(archive, cache: folder + "/other", 1, logger)
        try await former.gone()
        service = try await Self.service(archive, cache: folder + "/cache", 1, logger, interval)
        archive.reset()
    }

    /// The same documents, read where they lie.
    func local() async throws -> DocumentService {
        try await Self.service(
            try FolderArchive(path: folder + "/documents"), cache: folder + "/unused", 1, logger)
    }

    func path(_ name: String) -> String { "\(folder)/documents/\(name)" }

    func copy(_ fixture: String) throws {
        let name = fixture.split(separator: "/").last.map(String.init) ?? fixture
        try FileManager.default.copyItem(atPath: "\(Self.repository)/Tests/Fixtures/\(fixture)", toPath: path(name))
    }
}

extension DocumentService {
    /// - Parameter version: nil: the current one.
    func pinned(_ name: String, version: DocumentVersion? = nil) async throws -> RequestedDocument {
        let reference = DocumentReference(document: try DocumentID(name), version: version)
        let grant = try access.decide(AccessRequest(right: .view, document: reference.document))
        return RequestedDocument(try await resolve(reference, grant))
    }

    /// The bytes of a page's picture.
    func picture(_ name: String, page: Int, width: Int = 500, version: DocumentVersion? = nil) async throws -> [UInt8] {
        let reference = DocumentReference(document: try DocumentID(name), version: version)
        let grant = try access.decide(AccessRequest(right: .view, document: reference.document))
        let request = ImageRequest(region: .full, size: .width(width), mayEnlarge: true, format: .png)
        switch try await tile(reference, page: page, request, grant, hasEntityTag: { _ in false }) {
        case .unchanged: return []
        case .tile(let rendered, _, _, _): return Array(rendered.data.readableBytesView)
        }
    }

    /// All page summaries, as a structure stream asks for them.
    func allPages(_ name: String) async throws -> [PageSummary] {
        let document = try await pinned(name)
        let first = try await structure(of: document, from: 1, count: 1)
        var pages = first.pages
        while let last = pages.last, last.page < first.summary.pages ?? .max {
            let part = try await structure(of: document, from: last.page + 1, count: 64)
            if part.pages.isEmpty { break }
            pages += part.pages
        }
        return pages
    }
}
