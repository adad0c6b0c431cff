// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Counts the clients' connections, in all and of each address.
final class ConnectionLimits: Sendable {
    private struct State {
        var all = 0
        var byAddress: [String: Int] = [:]
    }

    private let most: Int
    private let mostPerClient: Int
    private let exempt: Set<String>
    private let state = Mutex(State())

    init(_ configuration: RouterConfiguration) {
        most = configuration.mostConnections
        mostPerClient = configuration.mostConnectionsPerClient
        exempt = configuration.trustedProxies
    }

    var count: Int { state.withLock { $0.all } }

    /// One more, to be given back with `leave`, or the reason why there is no room for it.
    func enter(_ address: String) -> RefusalReason? {
        state.withLock { state in
            guard state.all < most else { return .connections }
            if !exempt.contains(address) {
                guard state.byAddress[address, default: 0] < mostPerClient else { return .connectionsOfClient }
                state.byAddress[address, default: 0] += 1
            }
            state.all += 1
            return nil
        }
    }

    func leave(_ address: String) {
        state.withLock { state in
            state.all -= 1
            guard let count = state.byAddress[address] else { return }
            state.byAddress[address] = count > 1 ? count - 1 : nil
        }
    }
}
