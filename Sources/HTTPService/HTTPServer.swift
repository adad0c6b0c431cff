// SPDX-License-Identifier: Apache-2.0

import Glibc
package import NIOCore
package import NIOHTTP1
import NIOPosix

/// An HTTP/1.1 server over NIO for the public side, the cluster port and the admin port of a role.
package final class HTTPServer: Sendable {
    package struct Configuration: Sendable {
        package var host: String
        /// 0: any free port.
        package var port: Int
        package var limits = HTTPLimits()
        /// Whether requests are counted in the metrics: those of a role's public side are.
        package var isMeasured = false
        package var backlog = 1024
        /// Whether another process may listen at the same port.
        package var sharesPort = false

        package init(host: String, port: Int, sharesPort: Bool = false) {
            self.host = host
            self.port = port
            self.sharesPort = sharesPort
        }
    }

    /// The address cannot be listened at.
    package struct BindFailure: Error, CustomStringConvertible {
        package let description: String

        package init(description: String) { self.description = description }
    }

    /// What every connection of a server shares.
    struct Surroundings: Sendable {
        let responder: any HTTPResponder
        let limits: HTTPLimits
        let totals: ServerTotals
        let metrics: RequestMetrics?
        /// Header fields that every answer has, as bytes.
        let commonFields: ByteBuffer
    }

    private let channel: any Channel
    private let tables: [NIOLoopBound<ConnectionTable>]
    private let totals: ServerTotals
    package let host: String
    package let port: Int

    private init(channel: any Channel, tables: [NIOLoopBound<ConnectionTable>], totals: ServerTotals, host: String) {
        self.channel = channel
        self.tables = tables
        self.totals = totals
        self.host = host
        port = channel.localAddress?.port ?? 0
    }

    /// `http://host:port` without a trailing slash.
    package var url: String { "http://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    /// Requests that have come in and are not answered yet.
    package var activeRequests: Int { totals.requests }

    package var openConnections: Int { totals.connections }

    /// Whether every request is answered, and every answer has left for its client. Asks each event loop.
    package var isQuiet: Bool {
        get async {
            for table in tables {
                guard (try? await table.eventLoop.submit({ table.value.isQuiet }).get()) ?? true else { return false }
            }
            return true
        }
    }

    /// Listens and answers from now on.
    /// - Parameter decorate: adds header fields that every answer of this server has; called once.
    /// - Throws: `BindFailure` with a message for the user.
    package static func start(
        _ configuration: Configuration, group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        decorate: @Sendable (inout HTTPHeaders) -> Void = { _ in }, responder: any HTTPResponder
    ) async throws -> HTTPServer {
        let metrics = configuration.isMeasured ? RequestMetrics() : nil
        let totals = ServerTotals(metrics: metrics)
        let surroundings = Surroundings(
            responder: responder, limits: configuration.limits, totals: totals,
            metrics: metrics, commonFields: fields(decorate))
        let tables = try await Self.tables(of: group, configuration.limits, totals)
        do {
            let channel = try await bootstrap(configuration, group, surroundings, tables)
                .bind(host: configuration.host, port: configuration.port).get()
            return HTTPServer(
                channel: channel, tables: Array(tables.values), totals: totals, host: configuration.host)
        } catch {
            for table in tables.values { table.eventLoop.execute { table.value.closeAll() } }
            let reason = (error as? IOError).map { "\($0)" } ?? "\(error)"
            throw BindFailure(
                description: "cannot listen at \(configuration.host):\(configuration.port): \(reason)")
        }
    }

    private typealias Tables = [ObjectIdentifier: NIOLoopBound<ConnectionTable>]

    private static func tables(
        of group: any EventLoopGroup, _ limits: HTTPLimits, _ totals: ServerTotals
    ) async throws -> Tables {
        var tables: Tables = [:]
        for loop in group.makeIterator() {
            tables[ObjectIdentifier(loop)] = try await loop.submit {
                NIOLoopBound(ConnectionTable(limits: limits, totals: totals, loop: loop), eventLoop: loop)
            }.get()
        }
        return tables
    }

    private static func fields(_ decorate: (inout HTTPHeaders) -> Void) -> ByteBuffer {
        var headers = HTTPHeaders()
        decorate(&headers)
        var buffer = ByteBuffer()
        for (name, value) in headers { AnswerHead.write(name, value, into: &buffer) }
        return buffer
    }

    private static func bootstrap(
        _ configuration: Configuration, _ group: any EventLoopGroup, _ surroundings: Surroundings, _ tables: Tables
    ) -> ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Int32(configuration.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(
                .socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT)), value: configuration.sharesPort ? 1 : 0
            )
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let table = tables[ObjectIdentifier(channel.eventLoop)]?.value else {
                        throw ChannelError.operationUnsupported
                    }
                    let connection = HTTPConnection(
                        surroundings: surroundings, table: table, loop: channel.eventLoop)
                    let sync = channel.pipeline.syncOperations
                    try sync.addHandler(ArrivalWatch(connection))
                    try sync.addHandler(ByteToMessageHandler(parser(surroundings.limits)))
                    try sync.addHandler(connection)
                }
            }
    }

    private static func parser(_ limits: HTTPLimits) -> HTTPRequestDecoder {
        var configuration = NIOHTTPDecoderLimitConfiguration()
        configuration.maxHeaderListSize = limits.head
        configuration.maxHeaderFieldSize = limits.head
        configuration.maxHeaderFieldCount = limits.fields
        return HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: configuration)
    }

    /// Takes no further connections and closes those that there are.
    package func shutDown() async {
        try? await channel.close().get()
        for table in tables { table.eventLoop.execute { table.value.closeAll() } }
    }
}

extension Duration {
    /// Whole nanoseconds; NIO counts in these.
    package var nanoseconds: Int64 {
        components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
    }
}
