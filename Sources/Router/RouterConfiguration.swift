// SPDX-License-Identifier: Apache-2.0

package import NIOCore

/// The limits of the front door.
package struct RouterConfiguration: Sendable {
    package var host: String
    package var port: Int
    /// Whether another router may listen at the same port: the one that this one replaces, or is replaced by.
    package var sharesPort = false
    /// Proxies in front of us, by address: their word on where a client comes from is taken.
    package var trustedProxies: Set<String> = []
    /// Answers up to this size are held until they are whole, so that the death of a node in the middle is retried. It is
    /// also the most that one connection holds, beside 64 KiB of the system's buffers.
    package var holdLimit = 256 << 10
    /// The longest request body; requests of ours are short, and a body is kept for a retry.
    package var bodyLimit = 1 << 20
    package var connectTimeout: TimeAmount = .seconds(1)
    /// The longest wait for the first byte of an answer. A node's own deadline is shorter.
    package var responseTimeout: TimeAmount = .seconds(30)
    package var idleTimeout: TimeAmount = .seconds(75)
    /// Members that one request may try.
    package var mostAttempts = 4
    /// Idle connections kept to each member by each event loop.
    package var mostIdleConnections = 64

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
