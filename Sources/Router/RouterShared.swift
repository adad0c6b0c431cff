// SPDX-License-Identifier: Apache-2.0

import Cluster
import HTTPService
import Logging
import Metrics
import NIOCore
import Synchronization

/// What the event loops of a router have in common.
final class RouterShared: Sendable {
    let core: RouterCore
    /// What the router answers itself: liveness and metrics.
    let local: any HTTPResponder
    let doors: ConnectionLimits
    /// The router is to stop: answers say that their connection is closed behind them.
    let isStopping = Atomic<Bool>(false)
    private let ejection: Mutex<MemberEjection>
    /// Whether any member has failed lately: where none has, requests need not ask who is set aside.
    private let isWatching = Atomic<Bool>(false)

    init(core: RouterCore, local: any HTTPResponder) {
        self.core = core
        self.local = local
        doors = ConnectionLimits(core.configuration)
        ejection = Mutex(MemberEjection(core.configuration.ejection))
    }

    // MARK: Members that fail

    /// A request failed by this member's fault.
    func failed(_ target: MemberGroup.Target, _ now: NIODeadline) {
        core.monitor.suspect(target.clusterAddress)
        let view = core.monitor.view
        let role = view.members[target.id]?.state.role
        let peers = view.members.values.count { $0.state.role == role }
        let isEjected = ejection.withLock { ejection in
            let isEjected = ejection.failed(target.id, peers: peers, now)
            isWatching.store(ejection.isWatching, ordering: .relaxed)
            return isEjected
        }
        guard isEjected else { return }
        core.metrics.ejections.increment()
        core.logger.notice("a member is set aside", metadata: ["member": "\(target.id)"])
    }

    func succeeded(_ id: String) {
        guard isWatching.load(ordering: .relaxed) else { return }
        ejection.withLock { ejection in
            ejection.succeeded(id)
            isWatching.store(ejection.isWatching, ordering: .relaxed)
        }
    }

    /// Moves those that are set aside behind the others.
    func order(_ targets: inout [MemberGroup.Target], _ now: NIODeadline) {
        guard isWatching.load(ordering: .relaxed) else { return }
        ejection.withLock { ejection in
            let last = targets.filter { ejection.isEjected($0.id, now) }
            guard !last.isEmpty else { return }
            targets = targets.filter { !ejection.isEjected($0.id, now) } + last
        }
    }
}
