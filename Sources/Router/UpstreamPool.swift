// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOHTTP1
import NIOPosix

/// The connections of one event loop to the members, and the exchanges that wait for them. No lock: everything happens on
/// the loop.
final class UpstreamPool {
    let loop: any EventLoop
    private let configuration: RouterConfiguration
    private var idle: [String: [UpstreamConnection]] = [:]
    private var waiting: [ObjectIdentifier: Exchange] = [:]

    init(loop: any EventLoop, configuration: RouterConfiguration) {
        self.loop = loop
        self.configuration = configuration
    }

    /// Hands over a connection to the member: a used one at once, where there is one, or a new one later.
    /// - Parameter fresh: a used one has just failed.
    func connection(
        to address: String, fresh: Bool, then: @escaping (Result<UpstreamConnection, any Error>) -> Void
    ) {
        if !fresh {
            while let connection = idle[address]?.popLast() {
                if connection.isUsable { return then(.success(connection)) }
            }
        }
        connect(to: address, then: then)
    }

    private func connect(to address: String, then: @escaping (Result<UpstreamConnection, any Error>) -> Void) {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]) else {
            return then(.failure(ChannelError.unknownLocalAddress))
        }
        let host = address[..<colon].filter { $0 != "[" && $0 != "]" }
        let pool = NIOLoopBound(self, eventLoop: loop)
        ClientBootstrap(group: loop)
            .connectTimeout(configuration.connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(
                        UpstreamConnection(address: address) { pool.value.remove($0) })
                }
            }
            .connect(host: host, port: port)
            .assumeIsolated()
            .whenComplete { result in
                then(
                    result.flatMap { channel in
                        Result { try channel.pipeline.syncOperations.handler(type: UpstreamConnection.self) }
                    })
            }
    }

    /// The exchange is through with the connection.
    func release(_ connection: UpstreamConnection) {
        connection.setReading(true)
        guard connection.isUsable, idle[connection.address, default: []].count < configuration.mostIdleConnections
        else { return connection.abandon() }
        idle[connection.address, default: []].append(connection)
    }

    private func remove(_ connection: UpstreamConnection) {
        idle[connection.address]?.removeAll { $0 === connection }
        if idle[connection.address]?.isEmpty == true { idle[connection.address] = nil }
    }

    // MARK: Exchanges that wait for an answer

    func began(_ exchange: Exchange) { waiting[ObjectIdentifier(exchange)] = exchange }
    func ended(_ exchange: Exchange) { waiting[ObjectIdentifier(exchange)] = nil }

    /// The member no longer answers: what waits for it goes to the next candidate.
    func memberUnreachable(_ address: String) {
        for exchange in Array(waiting.values) { exchange.memberUnreachable(address) }
    }

    /// Ends exchanges that have waited too long. Called a few times a second.
    var activeExchanges: Int { waiting.count }

    func expire() {
        let now = NIODeadline.now()
        for exchange in Array(waiting.values) { exchange.expire(now) }
    }

    func closeAll() {
        for connection in idle.values.joined() { connection.abandon() }
        idle = [:]
    }
}
