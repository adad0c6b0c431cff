// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import TileModel

@testable import Archive

/// An archive with a way to put documents into it, which the contract needs.
protocol ArchiveUnderTest: Sendable {
    var archive: any DocumentArchive { get }
    func put(_ name: String, _ bytes: [UInt8]) async throws
    func remove(_ name: String) async throws
}

/// A bucket of its own at a real S3 server, filled through the archive itself.
final class BucketUnderTest: ArchiveUnderTest {
    let archive: any DocumentArchive
    let environment: [String: String]

    static let (id, secret) = ("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")

    static func environment(_ server: LocalServer) -> [String: String] {
        [
            "AWS_ENDPOINT_URL": server.url, "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": id,
            "AWS_SECRET_ACCESS_KEY": secret,
        ]
    }

    private init(_ server: LocalServer) async throws {
        environment = Self.environment(server)
        let archive = try S3Archive(
            location: "s3://bucket-\(UUID().uuidString.lowercased())/below/this", environment: environment)
        let made = try await archive.client.send(.init(method: .PUT))
        guard made.status == .ok else { throw ArchiveError.failed("no bucket: \(made.status)") }
        self.archive = archive
    }

    /// The server that checks signatures.
    static func rclone() async throws -> BucketUnderTest { try await BucketUnderTest(rcloneServer()) }

    /// The server that honours conditions.
    static func moto() async throws -> BucketUnderTest { try await BucketUnderTest(motoServer()) }

    static func rcloneServer() async throws -> LocalServer {
        let folder = NSTemporaryDirectory() + "recto-rclone-\(getpid())"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try await SharedServers.shared.server("rclone", removing: folder) { port in
            [
                "\(LocalServer.tools)/rclone", "--config", "/dev/null", "serve", "s3",
                "--auth-key", "\(id),\(secret)", "--addr", "127.0.0.1:\(port)", folder,
            ]
        }
    }

    static func motoServer() async throws -> LocalServer {
        try await SharedServers.shared.server("moto") { port in
            ["\(LocalServer.tools)/python", "\(LocalServer.tools)/moto_server", "-p", "\(port)"]
        }
    }

    func put(_ name: String, _ bytes: [UInt8]) async throws {
        _ = try await archive.put(DocumentID(name), SpooledFile(bytes), .none)
    }

    func remove(_ name: String) async throws { try await archive.delete(DocumentID(name), .none) }
}

extension SpooledFile {
    convenience init(_ bytes: [UInt8]) async throws {
        try self.init(limit: 1 << 30)
        try await append(ByteBuffer(bytes: bytes))
    }
}

/// A folder that a web server of some kind makes an HTTP origin of.
final class OriginUnderTest: ArchiveUnderTest {
    let archive: any DocumentArchive
    let folder: TemporaryFolder
    let server: LocalServer
    private let hasOwnIndex: Bool
    private let clock = PutClock()

    private init(_ server: LocalServer, _ folder: TemporaryFolder, hasOwnIndex: Bool) throws {
        (self.server, self.folder, self.hasOwnIndex) = (server, folder, hasOwnIndex)
        var settings = ArchiveSettings()
        settings.allowsPrivateAddresses = true
        archive = try ArchiveBackends.open(server.url + "/", settings)
        if !hasOwnIndex { try writeIndex() }
    }

    /// The example of `docs/archive-provider.md`.
    static func example() async throws -> OriginUnderTest {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { port in
            ["python3", "\(LocalServer.repository)/examples/archive-provider.py", folder.path, "\(port)"]
        }
        return try OriginUnderTest(server, folder, hasOwnIndex: true)
    }

    /// nginx with a folder, and a list that somebody wrote.
    static func nginx() async throws -> OriginUnderTest {
        let folder = try TemporaryFolder()
        let server = try await LocalServer { try NginxConfiguration.command(folder: folder.path, port: $0) }
        return try OriginUnderTest(server, folder, hasOwnIndex: false)
    }

    func put(_ name: String, _ bytes: [UInt8]) async throws {
        try await folder.put(name, bytes)
        guard !hasOwnIndex else { return }
        // nginx tells versions apart by size and whole seconds.
        let time = timespec(tv_sec: await clock.next(), tv_nsec: 0)
        var times = [time, time]
        utimensat(AT_FDCWD, "\(folder.path)/\(name)", &times, 0)
        try writeIndex()
    }

    func remove(_ name: String) async throws {
        try await folder.remove(name)
        if !hasOwnIndex { try writeIndex() }
    }

    private func writeIndex() throws {
        let names = (FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []).filter {
            var status = Glibc.stat()
            stat("\(folder.path)/\($0)", &status)
            return status.st_mode & S_IFMT == S_IFREG && $0 != "index.json" && !$0.hasPrefix(".")
        }
        let list: [String: Any] = ["documents": names.map { ["id": $0] }]
        try JSONSerialization.data(withJSONObject: list).write(to: URL(fileURLWithPath: "\(folder.path)/index.json"))
    }
}

private actor PutClock {
    private var seconds = 1_700_000_000
    func next() -> Int {
        seconds += 1
        return seconds
    }
}

enum NginxConfiguration {
    static let program = ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/sbin/nginx"]
        .first(where: FileManager.default.isExecutableFile(atPath:))

    static func command(folder: String, port: Int) throws -> [String] {
        let path = "\(folder)/.nginx.conf"
        let text = """
            daemon off; master_process off; pid \(folder)/.nginx.pid; error_log /dev/null;
            events { worker_connections 256; }
            http {
              access_log off; types { } default_type application/octet-stream;
              client_body_temp_path \(folder)/.body; proxy_temp_path \(folder)/.proxy;
              fastcgi_temp_path \(folder)/.fastcgi; uwsgi_temp_path \(folder)/.uwsgi; scgi_temp_path \(folder)/.scgi;
              server { listen 127.0.0.1:\(port); root \(folder); }
            }
            """
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return [program ?? "nginx", "-e", "/dev/null", "-c", path]
    }
}

/// A member of a set, seen from inside of it: the contract holds for the names below it.
final class SetUnderTest: ArchiveUnderTest {
    let archive: any DocumentArchive
    private let folder: TemporaryFolder
    private let other: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        other = try TemporaryFolder()
        archive = Unprefixed(
            inner: try ArchiveSet([("scans", folder.archive), ("invoices", other.archive)]), prefix: "scans/")
    }

    func put(_ name: String, _ bytes: [UInt8]) async throws { try await folder.put(name, bytes) }
    func remove(_ name: String) async throws { try await folder.remove(name) }
}

/// Takes off and puts on a prefix, so that names are as the contract gives them.
private struct Unprefixed: DocumentArchive {
    let inner: any DocumentArchive
    let prefix: String
    var name: String { inner.name }

    private func full(_ document: DocumentID) throws -> DocumentID {
        try DocumentID(bytes: Array(prefix.utf8) + document.bytes)
    }

    private func full(_ document: PinnedDocument) throws -> PinnedDocument {
        PinnedDocument(try full(document.document), document.version)
    }

    func list(prefix: [UInt8], cursor: [UInt8]?, limit: Int, for caller: CallerCredential?) async throws
        -> ArchiveListing
    {
        let start = Array(self.prefix.utf8)
        var listing = try await inner.list(
            prefix: start + prefix, cursor: cursor.map { start + $0 }, limit: limit, for: caller)
        listing.objects = try listing.objects.map { entry in
            ArchiveEntry(
                document: try DocumentID(bytes: entry.document.bytes.dropFirst(start.count)), version: entry.version,
                size: entry.size, modified: entry.modified)
        }
        listing.next = listing.next.map { Array($0.dropFirst(start.count)) }
        return listing
    }

    func stat(_ document: DocumentID, for caller: CallerCredential?) async throws -> ArchiveObject {
        var object = try await inner.stat(full(document), for: caller)
        object.document = document
        return object
    }

    func open(_ document: PinnedDocument) async throws -> ArchiveFile? { try await inner.open(full(document)) }

    func read(_ range: Range<Int>, of document: PinnedDocument) async throws -> [UInt8] {
        try await inner.read(range, of: full(document))
    }

    func put(_ document: DocumentID, _ content: SpooledFile, _ condition: WriteCondition) async throws -> ArchiveObject
    {
        try await inner.put(full(document), content, condition)
    }

    func delete(_ document: DocumentID, _ condition: WriteCondition) async throws {
        try await inner.delete(full(document), condition)
    }
}
