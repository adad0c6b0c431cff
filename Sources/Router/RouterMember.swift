// SPDX-License-Identifier: Apache-2.0

package import Cluster

/// What a router's cluster port does: it hears heartbeats.
package struct RouterMember: ClusterMember {
    private let id: String
    private let incarnation: Int
    private let clusterAddress: String
    private let monitor: HealthMonitor

    package init(id: String, incarnation: Int, clusterAddress: String, monitor: HealthMonitor) {
        self.id = id
        self.incarnation = incarnation
        self.clusterAddress = clusterAddress
        self.monitor = monitor
    }

    package var state: MemberState {
        MemberState(
            id: id, incarnation: incarnation, role: .router, status: .ready, address: "", clusterAddress: clusterAddress
        )
    }

    package var members: [MemberState] { monitor.view.members.values.filter(\.isReachable).map(\.state) }

    package func heard(_ heartbeat: Heartbeat) -> HeartbeatAnswer {
        monitor.announced(heartbeat.clusterAddress)
        return HeartbeatAnswer(members: members)
    }
}
