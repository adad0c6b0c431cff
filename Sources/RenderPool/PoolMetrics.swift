// SPDX-License-Identifier: Apache-2.0

import Metrics
import TileModel
import WorkerProtocol

/// What a pool counts.
struct PoolMetrics: Sendable {
    /// Why a worker ended that was still wanted.
    enum Death: String, CaseIterable {
        case crashed
        /// The kernel killed it for want of memory.
        case memory
        /// Somebody outside killed it.
        case outside
        /// Its job took too long, or it broke the protocol.
        case stopped
    }

    private let jobs = Counter(label: "recto_worker_jobs_total")
    private let starts = Dictionary(
        uniqueKeysWithValues: EngineKind.allCases.map { kind in
            (kind, Counter(label: "recto_worker_starts_total", dimensions: [("kind", kind.rawValue)]))
        })
    private let deaths = Dictionary(
        uniqueKeysWithValues: Death.allCases.map { reason in
            (reason, Counter(label: "recto_worker_deaths_total", dimensions: [("reason", reason.rawValue)]))
        })
    private let recoveries = Dictionary(
        uniqueKeysWithValues: RecoveryReason.allCases.map { reason in
            (reason, Counter(label: "recto_recoveries_total", dimensions: [("reason", reason.rawValue)]))
        })
    private let waiting = RenderLane.allCases.map { lane in
        Gauge(label: "recto_jobs_waiting", dimensions: [("lane", "\(lane)")])
    }
    private let queue = Self.phase("queue")
    private let open = Self.phase("open")
    private let render = Self.phase("render")
    private let encode = Self.phase("encode")
    private let quarantined = Counter(label: "recto_documents_quarantined_total")
    private let workers = Gauge(label: "recto_workers")
    private let busy = Gauge(label: "recto_workers_busy")
    private let documents = Gauge(label: "recto_documents_open")
    private let memory = Gauge(label: "recto_worker_memory_bytes")

    private static func phase(_ name: String) -> Timer {
        Timer(label: "recto_job_duration_seconds", dimensions: [("phase", name)])
    }

    func started(_ kind: EngineKind) { starts[kind]?.increment() }
    func died(_ reason: Death) { deaths[reason]?.increment() }
    func recovered(_ reason: RecoveryReason) { recoveries[reason]?.increment() }
    func completed() { jobs.increment() }
    func quarantined(_ count: Int) { quarantined.increment(by: count) }

    func completed(_ report: WorkerReport, queued: Double) {
        Self.record(queue, queued)
        // Most jobs do not open, and some neither draw nor encode.
        for (timer, time) in [
            (open, report.openMilliseconds), (render, report.renderMilliseconds), (encode, report.encodeMilliseconds),
        ] where time > 0 { Self.record(timer, time) }
    }

    private static func record(_ timer: Timer, _ milliseconds: Double) {
        timer.recordNanoseconds(Int64(milliseconds * 1e6))
    }

    func record(_ status: RenderPool.Status, waiting counts: [Int]) {
        workers.record(status.workers)
        busy.record(status.running)
        documents.record(status.openDocuments)
        memory.record(status.allocatedBytes)
        for (gauge, count) in zip(waiting, counts) { gauge.record(count) }
    }
}
