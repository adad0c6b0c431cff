// SPDX-License-Identifier: Apache-2.0

import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The archive of a benchmark: an HTTP origin over a folder that answers ranges, takes its time, and counts what it is asked
/// for. Counting happens outside of what is measured.
package final class CountingOrigin: Sendable {
    /// What was asked of one document.
    package struct Account: Sendable, Codable, Equatable {
        /// Reads that began with the first byte: somebody opened the document.
        package var opens = 0
        package var reads = 0
        package var bytes = 0
        /// Questions about version and size.
        package var stats = 0

        static func + (left: Account, right: Account) -> Account {
            Account(
                opens: left.opens + right.opens, reads: left.reads + right.reads, bytes: left.bytes + right.bytes,
                stats: left.stats + right.stats)
        }

        static func += (left: inout Account, right: Account) { left = left + right }
    }

    struct Document: Sendable {
        var file: String
        var size: Int
        var tag: String
        var modified: String
    }

    private let documents: [String: Document]
    private let accounts = Mutex<[String: Account]>([:])
    private let channel: any Channel
    /// A thread of its own, so that what it takes can be told apart from the driver.
    private let group: MultiThreadedEventLoopGroup
    package let url: String

    /// - Parameters:
    ///   - latency: added to each answer.
    ///   - bandwidth: bytes a second for each answer; nil: as fast as it goes.
    package init(folder: String, latency: Duration = .zero, bandwidth: Int? = nil) async throws {
        documents = try Self.documents(below: folder)
        let holder = Holder()
        group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let delay = TimeAmount.nanoseconds(Int64(latency / .nanoseconds(1)))
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 512)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        OriginHandler(holder: holder, latency: delay, bandwidth: bandwidth))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/"
        holder.origin.withLock { [self] in $0 = self }
    }

    /// The handler needs the origin, which is complete only once it listens.
    final class Holder: Sendable {
        let origin = Mutex<CountingOrigin?>(nil)
    }

    package func stop() async {
        try? await channel.close()
        try? await group.shutdownGracefully()
    }

    /// Processor seconds that answering has taken so far.
    func processorSeconds() async -> Double { await ThreadClock.seconds(of: group.next()) }

    /// By name. Empty again after `reset`.
    package var counted: [String: Account] { accounts.withLock { $0 } }

    package func reset() { accounts.withLock { $0 = [:] } }

    func document(_ name: String) -> Document? { documents[name] }

    func count(_ name: String, _ change: (inout Account) -> Void) {
        accounts.withLock { change(&$0[name, default: Account()]) }
    }

    /// The list of documents, as an HTTP archive is asked for it.
    var index: [UInt8] {
        struct Entry: Encodable {
            var id: String
            var size: Int
            var modified: String
            var etag: String
        }
        let entries = documents.sorted { $0.key < $1.key }.map {
            Entry(id: $0.key, size: $0.value.size, modified: $0.value.modified, etag: $0.value.tag)
        }
        return Array((try? JSONEncoder().encode(["documents": entries])) ?? Data())
    }

    private static func documents(below folder: String) throws -> [String: Document] {
        let root = URL(fileURLWithPath: folder).resolvingSymlinksInPath().path
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        var documents: [String: Document] = [:]
        for case let name as String in FileManager.default.enumerator(atPath: root) ?? .init() {
            let attributes = try FileManager.default.attributesOfItem(atPath: root + "/" + name)
            guard attributes[.type] as? FileAttributeType == .typeRegular, let size = attributes[.size] as? Int,
                let date = attributes[.modificationDate] as? Date
            else { continue }
            documents[name] = Document(
                file: root + "/" + name, size: size,
                tag: "\"\(size)-\(Int(date.timeIntervalSince1970 * 1000))\"", modified: format.string(from: date))
        }
        return documents
    }
}
