// SPDX-License-Identifier: Apache-2.0

import NIOCore

/// Tells the connection that bytes have come, before the parser makes something of them: of half a head it says nothing.
final class ArrivalWatch: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let connection: HTTPConnection

    init(_ connection: HTTPConnection) { self.connection = connection }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        connection.bytesArrived()
        context.fireChannelRead(data)
    }
}
