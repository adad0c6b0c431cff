// SPDX-License-Identifier: Apache-2.0

import DequeModule
import TileModel
import WorkerProtocol

/// Decides which worker does which job when; the pool does what it says. Pure: no process, no socket, no clock of its own.
///
/// Invariants: at most `workers` jobs run at a time that are not slow, and one more worker is kept alive so that a death
/// costs no start-up; slow jobs get up to as many further workers, so that one page cannot freeze all other documents;
/// a worker runs one job at a time; a job is completed exactly once. Documents are taken for PDFs, of whose workers those
/// are, until a worker says otherwise; workers of the other kinds start when first needed and go when idle.
struct PoolCore {
    typealias WorkerID = Int
    typealias JobID = UInt32
    typealias Instant = ContinuousClock.Instant

    struct Configuration: Sendable {
        var workers = 1
        var deadline: Duration = .seconds(10)
        /// Jobs waiting; one more is refused at once.
        var queueLimit = 256
        /// Jobs for which bytes are fetched; one more is refused. Each is a client who waits for an archive, and costs its
        /// request and some 10 KB: a slow archive must not hold up the other documents, so there may be many.
        var fetchLimit = 1024
        var queueDeadline: Duration = .seconds(10)
        /// Deaths of workers over one document within `quarantine` that quarantine it.
        var deathsToQuarantine = 2
        var quarantine: Duration = .seconds(60)
        /// A job that takes longer than that no longer counts as occupying its place: the worker in reserve takes the next.
        var slowAfter: Duration = .milliseconds(300)
        /// The first of a lane that has waited for so long goes before more urgent ones, so that none starves.
        var patience: Duration = .seconds(1)
        /// How long a worker of another kind than `resident` may be idle before it is let go.
        var idleAfter: Duration = .seconds(300)
    }

    /// The kind of which workers are always there.
    static let resident = EngineKind.pdf

    enum Action: Equatable {
        case spawn(WorkerID, EngineKind)
        case kill(WorkerID)
        /// Ends a worker that was only there while others were slow.
        case retire(WorkerID)
        case send(JobID, to: WorkerID)
        case cancel(JobID, at: WorkerID)
        case fetchSource(JobID)
        /// Without an error: the worker's answer is at hand.
        case complete(JobID, RenderError?)
    }

    enum Death {
        /// A signal, an exit or a broken protocol: the document that was worked on is suspect.
        case crashed
        /// Somebody from outside killed it: no fault of a document.
        case killedFromOutside
    }

    private struct Job {
        let key: [UInt8]
        let lane: RenderLane
        var attempts = 0
        /// How often a worker has asked for the document's bytes.
        var sourceRounds = 0
        var hasSource = false
        /// How often bytes were missing for it.
        var byteRounds = 0
        /// Nobody waits for it; it only still occupies its worker.
        var isAbandoned = false
        var waitingSince: Instant
    }

    private struct Worker {
        let kind: EngineKind
        var isReady = false
        var idleSince: Instant?
        var running: (job: JobID, since: Instant)?
        var holds: Set<[UInt8]> = []
    }

    private(set) var configuration: Configuration
    private var workers: [WorkerID: Worker] = [:]
    private var jobs: [JobID: Job] = [:]
    private var queues: [Deque<JobID>] = RenderLane.allCases.map { _ in [] }
    private var documents: DocumentRecords
    private var nextWorker: WorkerID = 1
    private var nextJob: JobID = 1
    private var delayedSpawns: [(kind: EngineKind, due: Instant)] = []
    private var earlyDeaths: [EngineKind: Int] = [:]
    private var isShutDown = false
    private var recoveries = RecoveryLog()

    init(configuration: Configuration) {
        self.configuration = configuration
        documents = DocumentRecords(configuration)
    }

    var waitingCount: Int { queues.reduce(0) { $0 + $1.count } }
    var runningCount: Int { workers.values.count { $0.running != nil } }
    /// Jobs that neither wait in a queue nor run.
    var fetchingCount: Int { jobs.count - waitingCount - runningCount }
    var readyCount: Int { workers.values.count { $0.isReady } }
    var quarantines: Int { documents.quarantines }

    func waitingCount(_ lane: RenderLane) -> Int { queues[lane.rawValue].count }

    /// Why the bytes of a job's document are fetched.
    func recoveryReason(of key: [UInt8]) -> RecoveryReason {
        recoveries.reason(key, isHeld: !holders(of: key).isEmpty)
    }

    // MARK: Events

    mutating func start() -> [Action] { (0...configuration.workers).map { _ in spawn(Self.resident) } }

    /// Has as many jobs run at a time as that, 1 or more. Workers that become superfluous go when they are idle.
    mutating func resize(workers: Int, now: Instant) -> [Action] {
        configuration.workers = workers
        guard !isShutDown else { return [] }
        var actions: [Action] = []
        while residentCount <= workers { actions.append(spawn(Self.resident)) }
        return actions + dispatch(now)
    }

    mutating func submit(key: [UInt8], lane: RenderLane, now: Instant) -> (JobID, [Action]) {
        let id = nextJob
        nextJob &+= 1
        guard !isShutDown else { return (id, [.complete(id, .shutDown)]) }
        if documents.isQuarantined(key, now) { return (id, [.complete(id, .quarantined)]) }
        guard waitingCount < configuration.queueLimit, fetchingCount < configuration.fetchLimit else {
            return (id, [.complete(id, .overloaded)])
        }
        jobs[id] = Job(key: key, lane: lane, waitingSince: now)
        queues[lane.rawValue].append(id)
        return (id, dispatch(now))
    }

    mutating func cancel(_ id: JobID, now: Instant) -> [Action] {
        guard let job = jobs[id] else { return [] }
        if let worker = worker(running: id) {
            jobs[id]!.isAbandoned = true
            return [.cancel(id, at: worker)]
        }
        queues[job.lane.rawValue].removeAll { $0 == id }
        jobs[id] = nil
        return []
    }

    mutating func ready(_ worker: WorkerID, now: Instant) -> [Action] {
        guard let kind = workers[worker]?.kind else { return [] }
        workers[worker]!.isReady = true
        workers[worker]!.idleSince = now
        earlyDeaths[kind] = 0
        return dispatch(now)
    }

    mutating func sourceArrived(for id: JobID, now: Instant) -> [Action] {
        guard let job = jobs[id] else { return [] }
        jobs[id]!.hasSource = true
        recoveries.opened(job.key)
        // The time for which bytes were on their way is no wait in the queue.
        jobs[id]!.waitingSince = now
        queues[job.lane.rawValue].prepend(id)
        return dispatch(now)
    }

    /// A job that was to be sent could not be: nobody waits for it any more, or its worker is going.
    mutating func notSent(_ id: JobID, to worker: WorkerID, now: Instant) -> [Action] {
        guard workers[worker]?.running?.job == id else { return [] }
        rest(worker, now)
        jobs[id] = nil
        return dispatch(now)
    }

    mutating func sourceFailed(for id: JobID) { jobs[id] = nil }

    /// A worker answered: with a result, or with a failure that is the document's or the request's.
    mutating func answered(
        _ id: JobID, by worker: WorkerID, failure: WorkerFailure?, report: WorkerReport, now: Instant
    ) -> [Action] {
        guard let running = workers[worker]?.running, running.job == id, let job = jobs[id] else { return [] }
        rest(worker, now)
        if case .bytesMissing = failure {
            workers[worker]!.holds.remove(job.key)
            return fetchMore(for: id) + dispatch(now)
        }
        documents.learn(job.key, report, took: running.since.duration(to: now), now: now)
        // Most failures mean that the document was not opened; at worst its bytes are offered once more.
        if let failure, !failure.keepsDocument { workers[worker]!.holds.remove(job.key) }
        if failure == .needsSource, !job.isAbandoned {
            jobs[id]!.hasSource = false
            jobs[id]!.sourceRounds += 1
            // A worker that has been given the bytes and asks again will never be content.
            guard jobs[id]!.sourceRounds <= Self.mostSourceRounds else {
                jobs[id] = nil
                return [.complete(id, .workerDied)] + dispatch(now)
            }
            return [.fetchSource(id)] + dispatch(now)
        }
        if case .otherKind(let kind) = failure, !job.isAbandoned, jobs[id]!.sourceRounds < Self.mostSourceRounds {
            // The bytes are at hand still: the pool keeps them until the job is done.
            jobs[id]!.sourceRounds += 1
            documents.learn(job.key, kind: kind)
            queues[job.lane.rawValue].prepend(id)
            return dispatch(now)
        }
        jobs[id] = nil
        let completion: [Action] = job.isAbandoned ? [] : [.complete(id, failure.map(RenderError.refused))]
        return completion + dispatch(now)
    }

    /// Each round brings bytes, ever more of them around those that were missing, so that some twenty lead through any
    /// document; the rest is for bytes that had to make way for others meanwhile.
    private static let mostByteRounds = 64

    private mutating func fetchMore(for id: JobID) -> [Action] {
        jobs[id]!.hasSource = false
        jobs[id]!.byteRounds += 1
        guard !jobs[id]!.isAbandoned, jobs[id]!.byteRounds <= Self.mostByteRounds else {
            let isAbandoned = jobs.removeValue(forKey: id)!.isAbandoned
            return isAbandoned ? [] : [.complete(id, .deadline)]
        }
        return [.fetchSource(id)]
    }

    mutating func died(_ worker: WorkerID, _ death: Death, now: Instant) -> [Action] {
        guard let dead = workers.removeValue(forKey: worker) else { return [] }
        recoveries.lost(dead.holds)
        var actions: [Action] = []
        if let running = dead.running, let job = jobs[running.job] {
            actions += lost(running.job, job, death, now)
        }
        guard !isShutDown else { return actions }
        if dead.isReady {
            actions += replenish()
        } else {
            // One that never got ready will most likely fail again: wait longer each time, 10 s at most.
            earlyDeaths[dead.kind, default: 0] += 1
            let pause = Duration.milliseconds(100 * (1 << min(earlyDeaths[dead.kind]!, 7)))
            delayedSpawns.append((dead.kind, now + min(.seconds(10), pause)))
        }
        return actions + dispatch(now)
    }

    /// To be called every few milliseconds: ends what took too long.
    mutating func tick(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        for (id, worker) in workers {
            guard let running = worker.running, running.since + configuration.deadline <= now else { continue }
            actions.append(.kill(id))
            // Its end will be noticed as any other; the job's fate is decided here.
            if let job = jobs.removeValue(forKey: running.job) {
                documents.recordDeath(job.key, now)
                if !job.isAbandoned { actions.append(.complete(running.job, .deadline)) }
            }
            recoveries.lost(worker.holds)
            workers[id]!.running = nil
            workers[id]!.isReady = false
            workers.removeValue(forKey: id)
            actions += replenish()
        }
        for lane in queues.indices {
            let late = queues[lane].filter { jobs[$0]!.waitingSince + configuration.queueDeadline <= now }
            guard !late.isEmpty else { continue }
            queues[lane].removeAll(where: late.contains)
            for id in late {
                jobs[id] = nil
                actions.append(.complete(id, .overloaded))
            }
        }
        let due = delayedSpawns.filter { $0.due <= now }
        delayedSpawns.removeAll { $0.due <= now }
        for spawn in due { actions.append(self.spawn(spawn.kind)) }
        if !isShutDown { actions += adjustReserve(now) + retireIdle(now) }
        return actions + dispatch(now)
    }

    mutating func shutDown() -> [Action] {
        isShutDown = true
        let actions = jobs.filter { !$0.value.isAbandoned }.map { Action.complete($0.key, .shutDown) }
        jobs = [:]
        queues = RenderLane.allCases.map { _ in [] }
        return actions + workers.keys.map { .kill($0) }
    }

    /// The workers that may hold the document.
    func holders(of key: [UInt8]) -> [WorkerID] { workers.filter { $0.value.holds.contains(key) }.map(\.key) }

    /// How many workers may hold each document.
    var held: [[UInt8]: Int] {
        workers.values.reduce(into: [:]) { held, worker in for key in worker.holds { held[key, default: 0] += 1 } }
    }

    mutating func forget(_ key: [UInt8]) {
        for id in workers.keys { workers[id]!.holds.remove(key) }
    }

    // MARK: Dispatch

    private mutating func dispatch(_ now: Instant) -> [Action] {
        var actions: [Action] = []
        for lane in queues.indices.dropFirst() {
            guard let id = queues[lane].first, jobs[id]!.waitingSince + configuration.patience <= now,
                occupiedCount(now) < configuration.workers, let worker = worker(for: jobs[id]!, ahead: .zero, now)
            else { continue }
            queues[lane].removeFirst()
            actions.append(hand(id, to: worker, now))
        }
        for lane in queues.indices {
            /// How long jobs that go before would keep each document's holder busy.
            var ahead: [[UInt8]: Duration] = [:]
            var index = 0
            while index < queues[lane].count, occupiedCount(now) < configuration.workers {
                let id = queues[lane][index]
                let job = jobs[id]!
                guard let worker = worker(for: job, ahead: ahead[job.key] ?? .zero, now) else {
                    ahead[job.key, default: .zero] += documents[job.key].jobCost
                    actions += spawnIfNeeded(documents[job.key].kind, now)
                    index += 1
                    continue
                }
                queues[lane].remove(at: index)
                actions.append(hand(id, to: worker, now))
            }
        }
        return actions
    }

    /// Gives a job that has left its queue to an idle worker, or has the bytes fetched that the worker lacks.
    private mutating func hand(_ id: JobID, to worker: WorkerID, _ now: Instant) -> Action {
        let job = jobs[id]!
        guard workers[worker]!.holds.contains(job.key) || job.hasSource else { return .fetchSource(id) }
        workers[worker]!.running = (id, now)
        workers[worker]!.idleSince = nil
        workers[worker]!.holds.insert(job.key)
        return .send(id, to: worker)
    }

    /// The idle worker that should take the job, or nil if it had better wait for a busy one that holds its document.
    private func worker(for job: Job, ahead: Duration, _ now: Instant) -> WorkerID? {
        let record = documents[job.key]
        let idle = workers.filter { $0.value.kind == record.kind && $0.value.isReady && $0.value.running == nil }
        guard !idle.isEmpty else { return nil }
        if let holder = idle.filter({ $0.value.holds.contains(job.key) }).keys.min() { return holder }

        let waits = workers.values.compactMap { worker -> Duration? in
            guard worker.holds.contains(job.key), let running = worker.running else { return nil }
            let runningJob = jobs[running.job].map { documents[$0.key].jobCost } ?? record.jobCost
            return max(.zero, runningJob - running.since.duration(to: now)) + ahead
        }
        if let wait = waits.min(), wait <= record.openCost { return nil }
        // The youngest worker is the one kept in reserve.
        let regular = workers.filter { $0.value.kind == record.kind }.keys.sorted().prefix(configuration.workers)
        return idle.keys.min { left, right in
            (regular.contains(left) ? 0 : 1, workers[left]!.holds.count, left)
                < (regular.contains(right) ? 0 : 1, workers[right]!.holds.count, right)
        }
    }

    /// The places that are taken: those of slow jobs are free again.
    private func occupiedCount(_ now: Instant) -> Int {
        workers.values.count { $0.running.map { now < $0.since + configuration.slowAfter } ?? false }
    }

    /// Workers of a kind that others stand in for because their job is slow: at most as many as work at a time.
    private func slowCount(_ kind: EngineKind, _ now: Instant) -> Int {
        let slow = workers.values.count { worker in
            worker.kind == kind && worker.running.map { $0.since + configuration.slowAfter <= now } ?? false
        }
        return min(slow, configuration.workers)
    }

    /// A successor, unless one that was started for a slow job is there already.
    private mutating func replenish() -> [Action] {
        residentCount <= configuration.workers ? [spawn(Self.resident)] : []
    }

    /// Workers of the resident kind, those that are to start included.
    private var residentCount: Int {
        workers.values.count { $0.kind == Self.resident } + delayedSpawns.count { $0.kind == Self.resident }
    }

    /// A worker for a job that waits, where its kind has fewer than can run at a time; slow jobs do not count, as with the
    /// resident kind.
    private mutating func spawnIfNeeded(_ kind: EngineKind, _ now: Instant) -> [Action] {
        let ofKind = workers.values.filter { $0.kind == kind }
        guard kind != Self.resident, ofKind.count < configuration.workers + slowCount(kind, now),
            ofKind.allSatisfy(\.isReady),
            !delayedSpawns.contains(where: { $0.kind == kind })
        else { return [] }
        return [spawn(kind)]
    }

    private mutating func retireIdle(_ now: Instant) -> [Action] {
        let idle = workers.filter { worker in
            worker.value.kind != Self.resident
                && worker.value.idleSince.map { $0 + configuration.idleAfter <= now } ?? false
        }
        for id in idle.keys { workers[id] = nil }
        return idle.keys.map { .retire($0) }
    }

    /// The worker has nothing to do.
    private mutating func rest(_ worker: WorkerID, _ now: Instant) {
        workers[worker]!.running = nil
        workers[worker]!.idleSince = now
    }

    /// Keeps one worker in reserve while jobs are slow, and lets the surplus go when they have ended.
    private mutating func adjustReserve(_ now: Instant) -> [Action] {
        let slow = slowCount(Self.resident, now)
        let wanted = configuration.workers + 1 + slow
        if residentCount < wanted, slow > 0 { return [spawn(Self.resident)] }
        let ready = workers.filter { $0.value.kind == Self.resident && $0.value.isReady }
        // Those that still start are no reason to let a ready one go.
        guard ready.count > wanted else { return [] }
        // The youngest idle one has opened the least.
        guard let surplus = ready.filter({ $0.value.running == nil }).keys.max() else { return [] }
        workers[surplus] = nil
        return [.retire(surplus)]
    }

    private func worker(running id: JobID) -> WorkerID? { workers.first { $0.value.running?.job == id }?.key }

    private mutating func spawn(_ kind: EngineKind) -> Action {
        defer { nextWorker += 1 }
        workers[nextWorker] = Worker(kind: kind)
        return .spawn(nextWorker, kind)
    }

    private static let mostSourceRounds = 3

    /// What becomes of the job that a dead worker ran.
    private mutating func lost(_ id: JobID, _ job: Job, _ death: Death, _ now: Instant) -> [Action] {
        if death == .crashed { documents.recordDeath(job.key, now) }
        if job.isAbandoned {
            jobs[id] = nil
            return []
        }
        // Killed from outside, a job has a few more tries: nothing speaks against it.
        let tries = death == .crashed ? 2 : 5
        jobs[id]!.attempts += 1
        guard jobs[id]!.attempts < tries, !documents.isQuarantined(job.key, now) else {
            jobs[id] = nil
            return [.complete(id, documents.isQuarantined(job.key, now) ? .quarantined : .workerDied)]
        }
        jobs[id]!.hasSource = false
        jobs[id]!.waitingSince = now
        queues[job.lane.rawValue].prepend(id)
        return []
    }
}

extension WorkerFailure {
    /// The document is open all the same.
    fileprivate var keepsDocument: Bool {
        switch self {
        case .cancelled, .noSuchPage, .pageSizeDiffers, .tooLarge, .formatUnsupported: true
        case .needsSource, .bytesMissing, .formatUnknown, .otherKind, .documentTooLarge, .damaged, .passwordRequired,
            .passwordWrong,
            .sourceChanged:
            false
        }
    }
}
