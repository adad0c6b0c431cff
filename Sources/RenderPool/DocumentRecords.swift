// SPDX-License-Identifier: Apache-2.0

import TileModel
import WorkerProtocol

/// What a pool has learnt about documents: the kind of worker they need, what they cost, and whether they are dangerous.
struct DocumentRecords {
    typealias Instant = ContinuousClock.Instant

    /// Costs are moving averages.
    struct Record {
        var kind = PoolCore.resident
        var openCost: Duration = .milliseconds(15)
        var jobCost: Duration = .milliseconds(10)
        fileprivate var deaths: [Instant] = []
        fileprivate var quarantinedUntil: Instant?
    }

    private let deathsToQuarantine: Int
    private let quarantine: Duration
    private var records: [[UInt8]: Record] = [:]
    /// How often a document was set aside.
    private(set) var quarantines = 0

    /// Beyond this many, those without a death are forgotten: their costs are learnt again soon.
    private static let mostRecords = 10_000

    init(_ configuration: PoolCore.Configuration) {
        deathsToQuarantine = configuration.deathsToQuarantine
        quarantine = configuration.quarantine
    }

    /// What is known, or what is taken for granted of a document that nothing is known of.
    subscript(key: [UInt8]) -> Record { records[key] ?? Record() }

    mutating func learn(_ key: [UInt8], _ report: WorkerReport, took: Duration, now: Instant) {
        if records.count > Self.mostRecords {
            records = records.filter {
                !$0.value.deaths.isEmpty || $0.value.quarantinedUntil.map { $0 > now } ?? false
            }
        }
        var record = self[key]
        let open = Duration.milliseconds(report.openMilliseconds)
        if open > .zero { record.openCost = open }
        record.jobCost = (record.jobCost * 3 + max(.zero, took - open)) / 4
        records[key] = record
    }

    mutating func learn(_ key: [UInt8], kind: EngineKind) { records[key, default: Record()].kind = kind }

    func isQuarantined(_ key: [UInt8], _ now: Instant) -> Bool {
        records[key]?.quarantinedUntil.map { $0 > now } ?? false
    }

    /// A worker died over the document.
    mutating func recordDeath(_ key: [UInt8], _ now: Instant) {
        var record = self[key]
        record.deaths = record.deaths.filter { $0 + quarantine > now } + [now]
        if record.deaths.count >= deathsToQuarantine {
            record.quarantinedUntil = now + quarantine
            quarantines += 1
            record.deaths = []
        }
        records[key] = record
    }
}
