// SPDX-License-Identifier: Apache-2.0

import NIOCore
import NIOPosix

/// A port for a program that cannot choose one itself.
package enum FreePort {
    /// Free a moment ago, on the loopback address.
    package static func find() async throws -> Int {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        defer { channel.close(promise: nil) }
        return channel.localAddress?.port ?? 0
    }

    /// Returns once something listens there.
    /// - Throws: where nothing does within some seconds.
    package static func answered(_ port: Int) async throws {
        for _ in 0..<200 {
            if let channel = try? await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(host: "127.0.0.1", port: port).get()
            {
                try await channel.close()
                return
            }
            try await Task.sleep(for: .milliseconds(25))
        }
        throw ServedCluster.Failure("nothing listens at port \(port)")
    }
}
