// SPDX-License-Identifier: Apache-2.0

import Glibc
package import Logging
import Synchronization
import TileModel
import WorkerProtocol

/// Supervises workers and has them do jobs.
package final class RenderPool: Sendable {
    private struct Pending {
        let job: RenderJob
        var source: RenderSource?
        /// Why the document is fetched whole, or was.
        var recovery: RecoveryReason?
        /// What the worker lacked last.
        var missing: [Range<Int>] = []
        /// Gets the bytes.
        var fetch: Task<Void, Never>?
        let submitted: ContinuousClock.Instant
        var sent: ContinuousClock.Instant?
        var outcome: (WorkerReply, WorkerReport, fingerprint: String)?
        var continuation: CheckedContinuation<RenderOutcome, any Error>?
    }

    private struct State {
        var core: PoolCore
        var processes: [PoolCore.WorkerID: WorkerProcess] = [:]
        var reports: [PoolCore.WorkerID: WorkerReport] = [:]
        var pending: [PoolCore.JobID: Pending] = [:]
        /// What each worker said when it was ready.
        var fingerprints: [PoolCore.WorkerID: String] = [:]
        var residentFingerprint = ""
        var sandbox = ""
        var wasReady = false
        var waitingForReady: [CheckedContinuation<Void, any Error>] = []
        var waitingForEnd: [CheckedContinuation<Void, Never>] = []
        var startFailure: StartFailure?
        var isShutDown = false
        var oomKills = SystemMemory.oomKills()
        /// How many of them the metrics have.
        var quarantines = 0
    }

    private let configuration: Configuration
    private let logger: Logger
    private let state: Mutex<State>
    private let clock = ContinuousClock()
    private let metrics = PoolMetrics()

    package init(configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        var core = PoolCore.Configuration()
        core.workers = max(1, configuration.workers)
        core.deadline = configuration.deadline
        core.queueLimit = configuration.queueLimit
        state = Mutex(State(core: PoolCore(configuration: core)))
    }

    // MARK: Life

    /// Starts the workers and returns as soon as one is ready.
    /// - Throws: `StartFailure`.
    package func start() async throws {
        for kind in EngineKind.allCases {
            let path = configuration.workerPath(kind)
            guard access(path, X_OK) == 0 else {
                throw StartFailure(description: "there is no worker program at \(path)")
            }
        }
        perform(state.withLock { $0.core.start() })
        try SystemThread.start("pool-watchdog") { [weak self] in
            // The watchdog ends jobs past their deadline; a tenth of a second of imprecision is nothing against it.
            while let self, !self.state.withLock({ $0.isShutDown }) {
                self.perform(self.state.withLock { $0.core.tick(self.clock.now) })
                usleep(50_000)
            }
        }
        try await withCheckedThrowingContinuation { continuation in
            let result: Result<Void, any Error>? = state.withLock { state in
                if let failure = state.startFailure { return .failure(failure) }
                if state.wasReady { return .success(()) }
                state.waitingForReady.append(continuation)
                return nil
            }
            if let result { continuation.resume(with: result) }
        }
    }

    /// The workers that are there, for who wants to see what becomes of their end.
    var workerProcesses: [pid_t] { state.withLock { $0.processes.values.map(\.processID) } }

    /// Has as many jobs run at a time as that, 1 or more; those that run go on. The memory budget of each worker stays.
    package func resize(workers: Int) {
        perform(state.withLock { $0.core.resize(workers: max(1, workers), now: clock.now) })
    }

    /// Kills the workers and returns once they have ended. Jobs that wait end with `shutDown`.
    package func shutDown() async {
        perform(
            state.withLock { state in
                state.isShutDown = true
                return state.core.shutDown()
            })
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                if !state.processes.isEmpty { state.waitingForEnd.append(continuation) }
                return state.processes.isEmpty
            }
            if isEmpty { continuation.resume() }
        }
    }

    /// What the workers of the kind that is always there say of everything that decides a tile's bytes. Known once `start`
    /// has returned.
    package var fingerprint: String { state.withLock { $0.residentFingerprint } }

    /// What holds of the workers' sandbox, as the last one that started says. Known once `start` has returned.
    package var sandbox: String { state.withLock { $0.sandbox } }

    package struct Status: Sendable {
        package var workers: Int
        package var running: Int
        package var waiting: Int
        package var openDocuments: Int
        package var allocatedBytes: Int
    }

    package var status: Status {
        state.withLock { state in
            Status(
                workers: state.core.configuration.workers, running: state.core.runningCount,
                waiting: state.core.waitingCount,
                openDocuments: state.reports.values.reduce(0) { $0 + $1.openDocuments },
                allocatedBytes: state.reports.values.reduce(0) { $0 + $1.allocatedBytes })
        }
    }

    /// Writes down what can only be read off, for those who ask for the metrics next.
    package func recordMetrics() {
        let (waiting, new) = state.withLock { state in
            let new = state.core.quarantines - state.quarantines
            state.quarantines = state.core.quarantines
            return (RenderLane.allCases.map { state.core.waitingCount($0) }, new)
        }
        metrics.record(status, waiting: waiting)
        metrics.quarantined(new)
    }

    /// Whether some worker most likely holds the document open.
    package func holds(_ documentKey: [UInt8]) -> Bool {
        state.withLock { !$0.core.holders(of: documentKey).isEmpty }
    }

    /// How many workers most likely hold each document.
    package var held: [[UInt8]: Int] { state.withLock { $0.core.held } }

    /// Has every worker close these documents.
    package func forget(where isMeant: ([UInt8]) -> Bool) { for key in held.keys where isMeant(key) { forget(key) } }

    /// Has every worker close the document.
    package func forget(_ documentKey: [UInt8]) {
        let processes = state.withLock { state in
            let holders = state.core.holders(of: documentKey).compactMap { state.processes[$0] }
            state.core.forget(documentKey)
            return holders
        }
        for process in processes { try? process.send(.forget(documentKey: documentKey)) }
    }

    // MARK: Jobs

    /// Has a worker do a job. Cancelling the task takes the job out of the queue or stops it.
    /// - Throws: `RenderError`, `CancellationError`, or what the job's source throws.
    package func run(_ job: RenderJob) async throws -> RenderOutcome {
        let cancellation = Mutex<(id: PoolCore.JobID?, isCancelled: Bool)>((nil, false))
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let now = clock.now
                let (id, actions) = state.withLock { state in
                    let (id, actions) = state.core.submit(key: job.documentKey, lane: job.lane, now: now)
                    state.pending[id] = Pending(job: job, submitted: now, continuation: continuation)
                    return (id, actions)
                }
                perform(actions)
                let isCancelled = cancellation.withLock { cancellation in
                    cancellation.id = id
                    return cancellation.isCancelled
                }
                if isCancelled { cancel(id) }
            }
        } onCancel: {
            let id = cancellation.withLock { cancellation in
                cancellation.isCancelled = true
                return cancellation.id
            }
            if let id { cancel(id) }
        }
    }

    private func cancel(_ id: PoolCore.JobID) {
        let (continuation, actions) = state.withLock { state in
            let pending = state.pending.removeValue(forKey: id)
            pending?.fetch?.cancel()
            return (pending?.continuation, pending == nil ? [] : state.core.cancel(id, now: clock.now))
        }
        perform(actions)
        continuation?.resume(throwing: CancellationError())
    }

    // MARK: Actions

    private func perform(_ actions: [PoolCore.Action]) {
        for action in actions {
            switch action {
            case .spawn(let worker, let kind): spawn(worker, kind)
            case .kill(let worker): state.withLock { $0.processes[worker] }?.kill()
            case .retire(let worker): state.withLock { $0.processes[worker] }?.retire()
            case .send(let job, let worker): send(job, to: worker)
            case .cancel(let job, let worker):
                try? state.withLock { $0.processes[worker] }?.send(.cancel(job))
            case .fetchSource(let job): fetchSource(of: job)
            case .complete(let job, let error): complete(job, error)
            }
        }
    }

    private func spawn(_ worker: PoolCore.WorkerID, _ kind: EngineKind) {
        do {
            let process = try WorkerProcess(
                path: configuration.workerPath(kind),
                arguments: [
                    "--memory-budget", "\(configuration.memoryBudget)", "--address-space",
                    "\(configuration.addressSpace)", "--sandbox", configuration.sandboxRequired ? "required" : "best",
                ],
                // The runtime would try to start a program that prints where it crashed: forbidden in there, and slow.
                environment: ["PATH=/usr/bin:/bin", "LANG=C.UTF-8", "SWIFT_BACKTRACE=enable=no"])
            let isWanted = state.withLock { state in
                guard !state.isShutDown else { return false }
                state.processes[worker] = process
                return true
            }
            do {
                try process.receive { [weak self] frame in
                    self?.received(frame, from: worker)
                } onEnd: { [weak self] end in
                    self?.ended(worker, end)
                }
            } catch {
                process.kill()
                state.withLock { $0.processes[worker] = nil }
                throw error
            }
            metrics.started(kind)
            if !isWanted { process.kill() }
        } catch {
            logger.error("a worker could not be started", metadata: ["error": "\(error)"])
            perform(state.withLock { $0.core.died(worker, .killedFromOutside, now: clock.now) })
        }
    }

    private func send(_ id: PoolCore.JobID, to worker: PoolCore.WorkerID) {
        let (process, pending) = state.withLock { state in
            state.pending[id]?.sent = clock.now
            return (state.processes[worker], state.pending[id])
        }
        guard let process, let pending else {
            // Cancelled, or the worker died, between the decision and its execution: the worker must not wait for ever.
            return perform(state.withLock { $0.core.notSent(id, to: worker, now: clock.now) })
        }
        let job = WorkerJob(
            id: id, documentKey: pending.job.documentKey, request: pending.job.request,
            source: pending.source?.source, password: pending.source == nil ? nil : pending.job.password)
        // A worker that cannot be written to is dying; its end is noticed by its reading thread.
        try? process.send(.job(job), source: pending.source)
    }

    private func fetchSource(of id: PoolCore.JobID) {
        let recovery = state.withLock { state -> RecoveryReason? in
            guard let pending = state.pending[id] else { return nil }
            let reason = recoveryReason(pending, state.core)
            if let reason { state.pending[id]?.recovery = reason }
            state.pending[id]?.fetch = Task { [job = pending.job, missing = pending.missing] in
                await fetched(id) { try await job.source(missing) }
            }
            return reason
        }
        if let recovery { metrics.recovered(recovery) }
    }

    /// Why the job needs the whole document; nil where only further bytes of it are fetched.
    private func recoveryReason(_ pending: Pending, _ core: PoolCore) -> RecoveryReason? {
        guard pending.missing.isEmpty else { return nil }
        if pending.job.lane == .background { return .warm }
        return pending.job.isNewVersion ? .versionChanged : core.recoveryReason(of: pending.job.documentKey)
    }

    private func fetched(_ id: PoolCore.JobID, _ source: () async throws -> RenderSource) async {
        do {
            let source = try await source()
            perform(
                state.withLock { state in
                    state.pending[id]?.source = source
                    return state.core.sourceArrived(for: id, now: clock.now)
                })
        } catch {
            let continuation = state.withLock { state in
                state.core.sourceFailed(for: id)
                return state.pending.removeValue(forKey: id)?.continuation
            }
            continuation?.resume(throwing: error)
        }
    }

    private func complete(_ id: PoolCore.JobID, _ error: RenderError?) {
        guard let pending = state.withLock({ $0.pending.removeValue(forKey: id) }) else { return }
        pending.fetch?.cancel()
        metrics.completed()
        if let error {
            pending.continuation?.resume(throwing: error)
        } else if let (reply, report, fingerprint) = pending.outcome {
            let queued = pending.submitted.duration(to: pending.sent ?? pending.submitted)
            metrics.completed(report, queued: queued / .milliseconds(1))
            pending.continuation?.resume(
                returning: RenderOutcome(
                    reply: reply, report: report, fingerprint: fingerprint,
                    queueMilliseconds: queued / .milliseconds(1), recovery: pending.recovery))
        } else {
            pending.continuation?.resume(throwing: RenderError.workerDied)
        }
    }

    // MARK: What workers say

    private func received(_ frame: WorkerFrame, from worker: PoolCore.WorkerID) {
        switch frame {
        case .ready(let fingerprint, let sandbox):
            let (waiting, actions) = state.withLock { state in
                state.fingerprints[worker] = fingerprint
                if !state.wasReady { state.residentFingerprint = fingerprint }
                state.sandbox = sandbox
                state.wasReady = true
                defer { state.waitingForReady = [] }
                return (state.waitingForReady, state.core.ready(worker, now: clock.now))
            }
            for continuation in waiting { continuation.resume() }
            perform(actions)
        case .done(let id, let reply, let report): answered(id, worker, .success(reply), report)
        case .failed(let id, let failure, let report): answered(id, worker, .failure(failure), report)
        }
    }

    private func answered(
        _ id: PoolCore.JobID, _ worker: PoolCore.WorkerID, _ result: Result<WorkerReply, WorkerFailure>,
        _ report: WorkerReport
    ) {
        let actions = state.withLock { state in
            state.reports[worker] = report
            var failure: WorkerFailure?
            switch result {
            case .success(let reply):
                state.pending[id]?.outcome = (reply, report, state.fingerprints[worker] ?? "")
            case .failure(let reason):
                failure = reason
                if case .bytesMissing(let ranges) = reason { state.pending[id]?.missing = ranges }
            }
            return state.core.answered(id, by: worker, failure: failure, report: report, now: clock.now)
        }
        perform(actions)
    }

    private func ended(_ worker: PoolCore.WorkerID, _ end: WorkerProcess.End) {
        var wasRetired = false
        var reason = PoolMetrics.Death.crashed
        let (isShutDown, neverReady, waiting, actions) = state.withLock { state in
            wasRetired = state.processes[worker]?.wasRetired ?? false
            let wasKilledByUs = state.processes[worker]?.wasKilled ?? true
            state.processes[worker] = nil
            state.reports[worker] = nil
            state.fingerprints[worker] = nil
            let oomKills = SystemMemory.oomKills()
            let byKernel = oomKills > state.oomKills
            state.oomKills = oomKills
            // SIGKILL that neither the kernel's memory killer nor we sent came from an operator.
            let isFromOutside = end == .signalled(SIGKILL) && !byKernel && !wasKilledByUs
            reason = wasKilledByUs ? .stopped : isFromOutside ? .outside : byKernel ? .memory : .crashed
            let death: PoolCore.Death = isFromOutside ? .killedFromOutside : .crashed
            let actions = state.core.died(worker, death, now: clock.now)
            let neverReady = !state.wasReady
            var waiting: [CheckedContinuation<Void, any Error>] = []
            if neverReady {
                state.startFailure = StartFailure(end)
                swap(&waiting, &state.waitingForReady)
            }
            return (state.isShutDown, neverReady, waiting, actions)
        }
        if !isShutDown, !wasRetired {
            metrics.died(reason)
            logger.warning(
                "a worker ended and is replaced", metadata: ["worker": "\(worker)", "end": "\(end)"])
        }
        if neverReady, !isShutDown {
            for continuation in waiting {
                continuation.resume(throwing: StartFailure(end))
            }
        }
        perform(actions)
        let waitingForEnd = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard state.processes.isEmpty else { return [] }
            defer { state.waitingForEnd = [] }
            return state.waitingForEnd
        }
        for continuation in waitingForEnd { continuation.resume() }
    }
}
