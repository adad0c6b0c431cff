// SPDX-License-Identifier: Apache-2.0

import Access
import NIOCore
import NIOPosix
import Synchronization

/// A node whose public port does with bytes what a test says.
final class RawMember: Sendable {
    /// What a connection does. Called on its event loop.
    typealias Script = @Sendable (_ connection: Int, _ received: String, _ channel: any Channel) -> Void

    let member: FakeMember
    private let server: any Channel
    private let state: State

    final class State: Sendable {
        let connections = Atomic<Int>(0)
        let bytes = Atomic<Int>(0)
        let closed = Atomic<Int>(0)
    }

    private init(_ member: FakeMember, _ server: any Channel, _ state: State) {
        self.member = member
        self.server = server
        self.state = state
    }

    /// - Parameter script: gets all that a connection has received so far, each time more comes.
    static func start(
        _ id: String, secret: ClusterSecret, reads: Bool = true, _ script: @escaping Script
    ) async throws -> RawMember {
        let state = State()
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: reads)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let number = state.connections.wrappingAdd(1, ordering: .relaxed).newValue
                    try channel.pipeline.syncOperations.addHandler(Player(number, state, script))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let member = try await FakeMember.start(id, secret: secret, port: server.localAddress?.port ?? 0)
        return RawMember(member, server, state)
    }

    var connections: Int { state.connections.load(ordering: .relaxed) }
    var received: Int { state.bytes.load(ordering: .relaxed) }
    var closed: Int { state.closed.load(ordering: .relaxed) }

    func stop() async {
        try? await server.close().get()
        await member.stop()
    }

    private final class Player: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let number: Int
        private let state: State
        private let script: Script
        private var text = ""

        init(_ number: Int, _ state: State, _ script: @escaping Script) {
            self.number = number
            self.state = state
            self.script = script
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data)
            state.bytes.add(bytes.readableBytes, ordering: .relaxed)
            text += String(buffer: bytes)
            script(number, text, context.channel)
        }

        func channelInactive(context: ChannelHandlerContext) { state.closed.add(1, ordering: .relaxed) }
    }
}

extension Channel {
    func answer(_ text: String) { writeAndFlush(ByteBuffer(string: text), promise: nil) }
}
