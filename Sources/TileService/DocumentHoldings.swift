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
    }

    fileprivate struct State {
        var accounts: [DocumentID: Account] = [:]
        var cooled = ContinuousClock.now
    }

    private let state = Mutex(State())
    private let opens = Counter(label: "recto_archive_opens_total")
    private let reads = Counter(label: "recto_archive_reads_total")
    private let bytes = Counter(label: "recto_archive_bytes_total")

    private static let mostAccounts = 20_000
    private static let halfLife: Duration = .seconds(30)

    package subscript(document: DocumentID) -> Account { state.withLock { $0.accounts[document] ?? Account() } }

    func opened(_ document: DocumentID) {
        opens.increment()
        update(document) { $0.archiveOpens += 1 }
    }

    func read(_ document: DocumentID, calls: Int, bytes count: Int) {
        guard calls > 0 else { return }
        reads.increment(by: calls)
        bytes.increment(by: count)
        update(document) { account in
            account.archiveReads += calls
            account.archiveBytes += count
        }
    }

    func requested(_ document: DocumentID) { update(document) { $0.heat += 1 } }

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
