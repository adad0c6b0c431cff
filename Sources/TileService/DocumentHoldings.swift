// SPDX-License-Identifier: Apache-2.0

import Metrics
import Synchronization
package import TileModel

/// Counts what each document cost the archive, and says which documents are asked for most.
package final class DocumentHoldings: Sendable {
    package struct Account: Sendable, Equatable {
        package var archiveOpens = 0
        package var archiveReads = 0
        package var archiveBytes = 0
        /// Requests, halved every half minute.
        package var heat = 0.0
        /// Opened before anybody asked, and not asked for since.
        var isWarmed = false
        /// The one that was opened last.
        var version: DocumentVersion?
    }

    fileprivate struct State {
        var accounts: [DocumentID: Account] = [:]
        var cooled = ContinuousClock.now
    }

    private let state = Mutex(State())
    private let warmsReceived = Counter(label: "recto_warm_messages_total", dimensions: [("outcome", "received")])
    private let warmsUsed = Counter(label: "recto_warm_messages_total", dimensions: [("outcome", "used")])

    private static let mostAccounts = 20_000
    private static let halfLife: Duration = .seconds(30)

    package subscript(document: DocumentID) -> Account { state.withLock { $0.accounts[document] ?? Account() } }

    func opened(_ document: PinnedDocument) {
        update(document.document) { account in
            account.archiveOpens += 1
            account.version = document.version
        }
    }

    /// Whether the document was opened before, in another version than this one.
    func hadOtherVersion(_ document: PinnedDocument) -> Bool {
        self[document.document].version.map { $0 != document.version } ?? false
    }

    func read(_ document: DocumentID, calls: Int, bytes count: Int) {
        guard calls > 0 else { return }
        update(document) { account in
            account.archiveReads += calls
            account.archiveBytes += count
        }
    }

    func requested(_ document: DocumentID) {
        var wasWarmed = false
        update(document) { account in
            account.heat += 1
            wasWarmed = account.isWarmed
            account.isWarmed = false
        }
        if wasWarmed { warmsUsed.increment() }
    }

    func warmMessageCame() { warmsReceived.increment() }

    /// It is being opened because of a warm message.
    func warmed(_ document: DocumentID) { update(document) { $0.isWarmed = true } }

    /// The documents asked for most, hottest first.
    package func hottest(_ count: Int) -> [DocumentID] {
        state.withLock { state in
            state.accounts.filter { $0.value.heat >= 0.5 }.sorted { $0.value.heat > $1.value.heat }.prefix(count)
                .map(\.key)
        }
    }

    private func update(_ document: DocumentID, _ body: (inout Account) -> Void) {
        state.withLock { state in
            if state.cooled + Self.halfLife < .now { state.cool() }
            if state.accounts.count >= Self.mostAccounts, state.accounts[document] == nil { state.cool() }
            body(&state.accounts[document, default: Account()])
        }
    }
}

extension DocumentHoldings.State {
    fileprivate mutating func cool() {
        cooled = .now
        for key in accounts.keys { accounts[key]?.heat /= 2 }
        guard accounts.count >= 15_000 else { return }
        for (key, account) in accounts where account.heat < 0.5 { accounts[key] = nil }
    }
}
