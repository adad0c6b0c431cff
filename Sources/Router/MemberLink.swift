// SPDX-License-Identifier: Apache-2.0

import Cluster

/// What one event loop keeps of one member: connections that nobody uses, and counters.
final class MemberLink {
    private(set) var address: String
    let counters: AnswerCounters
    /// Keeps the identity by which the link is found from being given to another.
    private let identity: LoadCounter
    /// The one used last at the end.
    var idle: ContiguousArray<UpstreamConnection> = []

    init(_ target: MemberGroup.Target) {
        address = target.address
        counters = AnswerCounters(node: target.id)
        identity = target.inFlight
    }

    /// A used connection, if there is one.
    func takeIdle() -> UpstreamConnection? {
        while let connection = idle.popLast() {
            if connection.isUsable { return connection }
        }
        return nil
    }

    /// A new incarnation of the member is elsewhere.
    func move(to address: String) {
        closeIdle()
        self.address = address
    }

    func remove(_ connection: UpstreamConnection) { idle.removeAll { $0 === connection } }

    func closeIdle() {
        let connections = idle
        idle = []
        for connection in connections { connection.abandon() }
    }

    /// Host and port of the address.
    var endpoint: (String, Int)? {
        guard let colon = address.lastIndex(of: ":"), let port = Int(address[address.index(after: colon)...]) else {
            return nil
        }
        return (address[..<colon].filter { $0 != "[" && $0 != "]" }, port)
    }
}
