// SPDX-License-Identifier: Apache-2.0

import Glibc
import Synchronization
import WorkerProtocol

/// What the pool has sent and the rendering thread has not taken yet. Filled by a thread of its own, so that a cancellation
/// arrives in the middle of a rendering and the end of the parent is noticed at once.
final class Inbox: Sendable {
    enum Item {
        case job(WorkerJob, descriptors: [CInt])
        case forget([UInt8])
    }

    private struct State {
        var items: [Item] = []
        var current: UInt32?
        var cancelled: Set<UInt32> = []

        func expects(_ id: UInt32) -> Bool {
            current == id
                || items.contains { item in
                    if case .job(let job, _) = item { job.id == id } else { false }
                }
        }
    }

    private let state = Mutex(State())
    /// Counts the items. A POSIX semaphore because the rendering thread has nothing else to wait for; it is made for being
    /// shared between threads, which the compiler cannot know of a pointer.
    nonisolated(unsafe) private let available: UnsafeMutablePointer<sem_t>
    /// The number of cancelled jobs: read at every pause of a rendering, where it is cheaper than the lock.
    private let cancellations = Atomic<Int>(0)

    init() {
        available = .allocate(capacity: 1)
        sem_init(available, 0, 0)
    }

    deinit {
        sem_destroy(available)
        available.deallocate()
    }

    /// Waits for the next item.
    func next() -> Item {
        while sem_wait(available) != 0 {}
        return state.withLock { state in
            let item = state.items.removeFirst()
            if case .job(let job, _) = item { state.current = job.id }
            return item
        }
    }

    func receive(_ frame: PoolFrame, descriptors: [CInt]) {
        switch frame {
        case .job(let job): append(.job(job, descriptors: descriptors))
        case .forget(let key): append(.forget(key))
        case .cancel(let id):
            // One for a job that is already answered would never be taken back.
            let isNew = state.withLock { $0.expects(id) && $0.cancelled.insert(id).inserted }
            if isNew { cancellations.add(1, ordering: .relaxed) }
        }
    }

    private func append(_ item: Item) {
        state.withLock { $0.items.append(item) }
        sem_post(available)
    }

    func isCancelled(_ job: UInt32) -> Bool {
        guard cancellations.load(ordering: .relaxed) > 0 else { return false }
        return state.withLock { $0.cancelled.contains(job) }
    }

    /// The job was answered.
    func finished(_ job: UInt32) {
        let removed = state.withLock { state in
            state.current = nil
            return state.cancelled.remove(job) != nil
        }
        if removed { cancellations.subtract(1, ordering: .relaxed) }
    }
}
