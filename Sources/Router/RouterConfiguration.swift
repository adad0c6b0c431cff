// SPDX-License-Identifier: Apache-2.0

package import HTTPFraming
package import NIOCore

/// The limits of the front door. Each says what it is sized by.
package struct RouterConfiguration: Sendable {
    package var host: String
    package var port: Int
    /// Whether another router may listen at the same port: the one that this one replaces, or is replaced by.
    package var sharesPort = false
    /// Proxies in front of us, by address: their word on where a client comes from is taken.
    package var trustedProxies: Set<String> = []
    /// Where clients without cookies name their session.
    package var sessionToken = SessionToken(.path, "session")
    /// Who answers structure, manifests and whole pictures of page 1.
    package var firstPage = FirstPageRole.portal

    // MARK: Sizes

    /// Browsers send 1 KiB or so, and cookies of other applications of the host may add 8 KiB.
    package var headLimits = HeadLimits(bytes: 16 << 10, fields: 100)
    /// The longest request body. It passes through in pieces, so this is no question of memory; members have limits of
    /// their own. As long as a portal takes for a document, unless told otherwise.
    package var bodyLimit = 1 << 30
    /// A request body up to this size is kept until it is answered, so that the request can be tried elsewhere.
    package var requestHoldLimit = 64 << 10
    /// Answers up to this size are held until they are whole, so that the death of a node in the middle is retried. Tiles
    /// are 5 to 300 KiB. It is also the most that one connection holds, beside a read of 64 KiB each way and the system's
    /// own buffers.
    package var holdLimit = 256 << 10

    // MARK: Times

    package var connectTimeout: TimeAmount = .seconds(1)
    /// From the first byte of a head to its last: on a bad line a head takes a second or two.
    package var headTimeout: TimeAmount = .seconds(10)
    /// From a request's last byte to its answer's first one, over all attempts. A node's own deadline is shorter.
    package var responseTimeout: TimeAmount = .seconds(30)
    /// The longest silence of a member within an answer that streams: structure has a sign of life every 15 s.
    package var streamTimeout: TimeAmount = .seconds(60)
    /// A connection between two requests. Above the minute that browsers' pools keep them.
    package var idleTimeout: TimeAmount = .seconds(75)
    /// Within each such time a client must send or take `leastProgress` bytes of what is due.
    package var progressTimeout: TimeAmount = .seconds(20)
    /// 0.2 KB/s: slower than any line people read documents over.
    package var leastProgress = 4 << 10
    /// How long work goes on for a client that has ended its sending side on a connection that it said it would keep:
    /// nearly always it has gone, and then its work is to be cancelled.
    package var halfClosedGrace: TimeAmount = .milliseconds(500)

    // MARK: Numbers

    /// Connections of clients in all. One costs about 10 KB when idle.
    package var mostConnections = 20_000
    /// Of one address. A large office behind one address has some hundred readers with six connections each. Trusted
    /// proxies are not counted.
    package var mostConnectionsPerClient = 2_000
    /// Members that one request may try.
    package var mostAttempts = 4
    /// Idle connections kept to each member by each event loop, 64 KiB each at most.
    package var mostIdleConnections = 64
    package var retryBudget = RetryBudget.Configuration()
    package var ejection = MemberEjection.Configuration()

    package init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}
