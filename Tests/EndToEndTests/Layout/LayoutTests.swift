// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Two routers, two portals and three nodes on hosts of their own, and readers who must not notice what happens to them.
@Suite(.serialized, .enabled(if: HostNetwork.isPossible, HostNetwork.missing), .timeLimit(.minutes(3)))
struct LayoutTests {
    @Test("pods come and go, DNS lags, hosts are cut off and come back, and no request fails")
    func noRequestFails() async throws {
        var cluster = try await RunningLayout()
        try await cluster.join()
        try await cluster.drain()
        try await cluster.killAndReplaceElsewhere()
        try await cluster.losePortal()
        try await cluster.cut("recto-node-0")
        try await cluster.cut("recto-portal-1")
        try await cluster.cutNodeFromOneRouter()
        try await cluster.cutRouter()
        try await cluster.loseNameServer()
        try await cluster.replaceRouter()
        await cluster.end()
    }
}
