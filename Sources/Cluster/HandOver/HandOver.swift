// SPDX-License-Identifier: Apache-2.0

import Logging

/// Carries plans out: has the new owners open their documents, and tells the member that it is for.
struct HandOver: Sendable {
    let client: ClusterClient
    let logger: Logger

    /// Documents that are opened at a time: they go behind all requests, but they do take workers and archive.
    private static let width = 4

    /// Has everything opened that the plan names, or as much as there is time for.
    func warm(_ plan: [HandOverPlan.Warming], for event: HandOverEvent) async {
        guard !plan.isEmpty else { return }
        let patience = event.reason == .leaves ? HandOverTimes.opening : HandOverTimes.joining
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                try? await Task.sleep(for: patience)
                return false
            }
            group.addTask {
                await warmAll(plan, patience, leaving: event.reason == .leaves)
                return true
            }
            let isDone = await group.next() ?? false
            group.cancelAll()
            logger.debug(
                "hot documents were handed over",
                metadata: ["member": "\(event.member.id)", "documents": "\(plan.count)", "all": "\(isDone)"])
        }
    }

    private func warmAll(_ plan: [HandOverPlan.Warming], _ patience: Duration, leaving: Bool) async {
        await withTaskGroup(of: Void.self) { group in
            for (place, warming) in plan.enumerated() {
                if place >= Self.width { await group.next() }
                guard !Task.isCancelled else { return }
                // One that fails is opened when somebody asks for it.
                group.addTask {
                    try? await client.warm(
                        warming.message(leaving), at: warming.owner.clusterAddress, wait: patience)
                }
            }
        }
    }

    /// Tells the member that it is done. Returns what it is now, nil where it cannot be asked.
    func tell(_ event: HandOverEvent) async -> MemberState? {
        guard event.reason != .lost else { return nil }
        return try? await client.handedOver(to: event.member.clusterAddress, standing: event.standing)
    }
}

extension HandOverPlan.Warming {
    /// - Parameter leaving: whether the holder is about to go.
    fileprivate func message(_ leaving: Bool) -> WarmMessage {
        var message = WarmMessage(document: document)
        message.holder = holder
        if leaving { message.holderLeaves = true }
        return message
    }
}
