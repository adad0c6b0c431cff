// SPDX-License-Identifier: Apache-2.0

/// Why a client was turned away before its request went anywhere. A label of `recto_router_refused_total`.
enum RefusalReason: String, CaseIterable {
    case malformed
    case version
    case headTooLarge = "head-too-large"
    case bodyTooLarge = "body-too-large"
    case headTimeout = "head-timeout"
    case slowSender = "slow-sender"
    case slowReader = "slow-reader"
    case connections
    case connectionsOfClient = "connections-of-client"
}
