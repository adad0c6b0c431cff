// SPDX-License-Identifier: Apache-2.0

import CKernel
import HTTPService
import NIOCore
import NIOPosix

/// Listens at a port that another process may be listening at: so the next router takes over before the last one stops.
///
/// A socket that is closed takes connections with it that the kernel has set up and nobody has accepted. So the new one asks
/// the kernel for all further connections, and the old one has long accepted its last when it stops.
enum SharedListener {
    static func bind(_ bootstrap: ServerBootstrap, host: String, port: Int) async throws -> any Channel {
        let address = try SocketAddress.makeAddressResolvingHost(host, port: port)
        let descriptor = address.withSockAddr { recto_bind_shared($0, socklen_t($1)) }
        guard descriptor >= 0 else { throw IOError(errnoCode: -descriptor, reason: "bind") }
        // The channel closes the descriptor, whether it comes about or not.
        let channel = try await bootstrap.withBoundSocket(descriptor).get()
        // Of a kernel that does not know this some connections may be lost, no more.
        _ = recto_prefer_newer(descriptor)
        return channel
    }
}
