// SPDX-License-Identifier: Apache-2.0

import Testing
import TileModel
import WorkerProtocol

@testable import RenderPool

struct PoolCoreTests {
    private var now = ContinuousClock.now
    private let a = Array("a".utf8)
    private let b = Array("b".utf8)

    private func core(workers: Int, queueLimit: Int = 256) -> PoolCore {
        var configuration = PoolCore.Configuration()
        configuration.workers = workers
        configuration.queueLimit = queueLimit
        var core = PoolCore(configuration: configuration)
        let spawned = core.start()
        #expect(spawned == (1...workers + 1).map { .spawn($0, .pdf) })
        for worker in 1...workers + 1 { #expect(core.ready(worker, now: now).isEmpty) }
        return core
    }

    /// Brings a job to its worker, source and all, and says which worker that is.
    private func start(_ core: inout PoolCore, _ key: [UInt8], lane: RenderLane = .tile) -> (PoolCore.JobID, Int?) {
        let (id, actions) = core.submit(key: key, lane: lane, now: now)
        var all = actions
        if all == [.fetchSource(id)] { all = core.sourceArrived(for: id, now: now) }
        guard case .send(id, let worker)? = all.first else { return (id, nil) }
        return (id, worker)
    }

    private func finish(_ core: inout PoolCore, _ id: PoolCore.JobID, _ worker: Int) -> [PoolCore.Action] {
        core.answered(id, by: worker, failure: nil, report: WorkerReport(), now: now)
    }

    @Test("one worker more than asked for is started and kept waiting")
    func spare() {
        var core = core(workers: 1)
        let (first, worker) = start(&core, a)
        #expect(worker == 1)
        let (second, actions) = core.submit(key: b, lane: .tile, now: now)
        #expect(actions.isEmpty)
        #expect(core.runningCount == 1)
        let result1 = finish(&core, first, 1)
        #expect(result1 == [.complete(first, nil), .fetchSource(second)])
    }

    @Test("more workers start at once and take what waits; those that become superfluous go when they are idle")
    func resize() {
        var core = core(workers: 1)
        let (first, _) = start(&core, a)
        let (second, waiting) = core.submit(key: b, lane: .tile, now: now)
        #expect(waiting.isEmpty)
        // The one in reserve takes the waiting job, and another one starts to be in reserve.
        let grown = core.resize(workers: 2, now: now)
        #expect(grown == [.spawn(3, .pdf), .fetchSource(second)])
        let ready = core.ready(3, now: now)
        let sent = core.sourceArrived(for: second, now: now)
        #expect(ready.isEmpty && sent == [.send(second, to: 2)])

        let shrunk = core.resize(workers: 1, now: now)
        let idle = core.tick(now)
        #expect(shrunk.isEmpty && idle == [.retire(3)] && core.runningCount == 2)
        let results = finish(&core, second, 2) + finish(&core, first, 1)
        #expect(results == [.complete(second, nil), .complete(first, nil)])
        let (third, _) = start(&core, a)
        let (_, waits) = core.submit(key: b, lane: .tile, now: now)
        #expect(waits.isEmpty && core.runningCount == 1)
        _ = finish(&core, third, 1)
    }

    @Test("a document goes to the worker that holds it, without its bytes")
    func preference() {
        var core = core(workers: 2)
        let (first, holder) = start(&core, a)
        _ = finish(&core, first, holder ?? 0)
        let (other, second) = start(&core, b)
        _ = finish(&core, other, second ?? 0)
        #expect(holder != second)
        for _ in 0..<5 {
            let (id, actions) = core.submit(key: a, lane: .tile, now: now)
            #expect(actions == [.send(id, to: holder ?? 0)])
            _ = finish(&core, id, holder ?? 0)
        }
    }

    @Test("a document goes to a second worker once waiting is dearer than opening it there")
    func hotDocument() {
        var core = core(workers: 2)
        _ = start(&core, a)
        // One more job of 10 ms waits: opening costs 15.
        let (_, waiting) = core.submit(key: a, lane: .tile, now: now)
        #expect(waiting.isEmpty)
        let (third, spread) = core.submit(key: a, lane: .tile, now: now)
        #expect(spread == [.fetchSource(third)])
    }

    @Test("a worker that has closed the document gets it again")
    func evicted() {
        var core = core(workers: 1)
        let (first, _) = start(&core, a)
        _ = finish(&core, first, 1)
        let (id, _) = core.submit(key: a, lane: .tile, now: now)
        let result2 = core.answered(id, by: 1, failure: .needsSource, report: WorkerReport(), now: now)
        #expect(result2 == [.fetchSource(id)])
        let result3 = core.sourceArrived(for: id, now: now)
        #expect(result3 == [.send(id, to: 1)])
    }

    @Test("tiles go before structure, structure before what nobody waits for")
    func lanes() {
        var core = core(workers: 1)
        let (running, _) = start(&core, a)
        let (background, _) = core.submit(key: a, lane: .background, now: now)
        let (structure, _) = core.submit(key: a, lane: .structure, now: now)
        let (tile, _) = core.submit(key: a, lane: .tile, now: now)
        let result4 = finish(&core, running, 1)
        #expect(result4 == [.complete(running, nil), .send(tile, to: 1)])
        let result5 = finish(&core, tile, 1)
        #expect(result5 == [.complete(tile, nil), .send(structure, to: 1)])
        let result6 = finish(&core, structure, 1)
        #expect(result6 == [.complete(structure, nil), .send(background, to: 1)])
    }

    @Test("a full queue refuses at once")
    func overload() {
        var core = core(workers: 1, queueLimit: 2)
        _ = start(&core, a)
        _ = core.submit(key: a, lane: .tile, now: now)
        _ = core.submit(key: a, lane: .tile, now: now)
        let (id, actions) = core.submit(key: a, lane: .tile, now: now)
        #expect(actions == [.complete(id, .overloaded)])
    }

    @Test("the job of a worker that crashed is tried once more, then the document is put aside for a minute")
    mutating func crash() {
        var core = core(workers: 1)
        let (id, _) = start(&core, a)
        let after = core.died(1, .crashed, now: now)
        #expect(after == [.spawn(3, .pdf), .fetchSource(id)])
        let result7 = core.sourceArrived(for: id, now: now)
        #expect(result7 == [.send(id, to: 2)])
        let result8 = core.died(2, .crashed, now: now)
        #expect(result8.first == .complete(id, .quarantined))
        let (next, refused) = core.submit(key: a, lane: .tile, now: now)
        #expect(refused == [.complete(next, .quarantined)])
        _ = core.ready(3, now: now)
        let (other, allowed) = core.submit(key: b, lane: .tile, now: now)
        #expect(allowed == [.fetchSource(other)])
        now += .seconds(61)
        let (later, again) = core.submit(key: a, lane: .tile, now: now)
        #expect(again == [.fetchSource(later)])
    }

    @Test("workers that an operator kills cost a document nothing")
    func killedFromOutside() {
        var core = core(workers: 1)
        let (id, first) = start(&core, a)
        var worker = first ?? 0
        for next in 3...5 {
            let result9 = core.died(worker, .killedFromOutside, now: now)
            #expect(result9.contains(.fetchSource(id)))
            _ = core.ready(next, now: now)
            guard case .send(id, let other)? = core.sourceArrived(for: id, now: now).first else {
                Issue.record("the job was not tried again")
                return
            }
            worker = other
        }
        let result10 = finish(&core, id, worker)
        #expect(result10 == [.complete(id, nil)])
    }

    @Test("a job past its deadline ends with its worker, and its successor is there at once")
    mutating func deadline() {
        var core = core(workers: 1)
        let (id, _) = start(&core, a)
        now += .seconds(9)
        let early = core.tick(now)
        #expect(early == [.spawn(3, .pdf)])
        now += .milliseconds(1001)
        let actions = core.tick(now)
        // The one that was started when the job became slow is the successor.
        #expect(actions == [.kill(1), .complete(id, .deadline)])
        let (next, fetch) = core.submit(key: b, lane: .tile, now: now)
        #expect(fetch == [.fetchSource(next)])
        let sent = core.sourceArrived(for: next, now: now)
        #expect(sent == [.send(next, to: 2)])
        // Its end is no news any more.
        let end = core.died(1, .crashed, now: now)
        #expect(end.isEmpty)
    }

    @Test("a job that nobody waits for leaves the queue, or is stopped where it runs")
    func cancel() {
        var core = core(workers: 1)
        let (running, _) = start(&core, a)
        let (waiting, _) = core.submit(key: a, lane: .tile, now: now)
        let result13 = core.cancel(waiting, now: now)
        #expect(result13.isEmpty)
        #expect(core.waitingCount == 0)
        let result14 = core.cancel(running, now: now)
        #expect(result14 == [.cancel(running, at: 1)])
        let result15 = core.answered(running, by: 1, failure: .cancelled, report: WorkerReport(), now: now)
        #expect(result15.isEmpty)
        let (next, actions) = core.submit(key: a, lane: .tile, now: now)
        #expect(actions == [.send(next, to: 1)])
    }

    @Test("a slow job does not keep others waiting: the reserve takes them, and another reserve is started")
    mutating func slowJob() {
        var core = core(workers: 1)
        let (slow, _) = start(&core, a)
        let (other, waiting) = core.submit(key: b, lane: .tile, now: now)
        #expect(waiting.isEmpty)
        now += .milliseconds(301)
        let actions = core.tick(now)
        #expect(actions == [.spawn(3, .pdf), .fetchSource(other)])
        let sent = core.sourceArrived(for: other, now: now)
        #expect(sent == [.send(other, to: 2)])
        _ = core.ready(3, now: now)
        _ = finish(&core, other, 2)
        _ = finish(&core, slow, 1)
        // Back to one and its reserve.
        let after = core.tick(now)
        #expect(after == [.retire(3)])
        let settled = core.tick(now)
        #expect(settled.isEmpty)
    }

    @Test("a job cancelled between decision and execution leaves its worker free")
    func cancelledOnTheWay() {
        var core = core(workers: 1)
        let (id, _) = start(&core, a)
        _ = core.cancel(id, now: now)
        let actions = core.notSent(id, to: 1, now: now)
        #expect(actions.isEmpty)
        #expect(core.runningCount == 0)
        let (next, worker) = start(&core, b)
        #expect(worker == 1)
        #expect(finish(&core, next, 1) == [.complete(next, nil)])
    }

    @Test("a worker that asks for the bytes again and again is not believed for ever")
    func insatiable() {
        var core = core(workers: 1)
        let (id, _) = start(&core, a)
        var last: [PoolCore.Action] = []
        for _ in 0..<4 {
            last = core.answered(id, by: 1, failure: .needsSource, report: WorkerReport(), now: now)
            if last == [.fetchSource(id)] { _ = core.sourceArrived(for: id, now: now) }
        }
        #expect(last == [.complete(id, .workerDied)])
    }

    @Test("a worker program that cannot start is tried more and more seldom")
    mutating func startLoop() {
        var configuration = PoolCore.Configuration()
        configuration.workers = 1
        var core = PoolCore(configuration: configuration)
        _ = core.start()
        let result16 = core.died(1, .crashed, now: now)
        #expect(result16.isEmpty)
        let result17 = core.tick(now)
        #expect(result17.isEmpty)
        now += .milliseconds(250)
        let result18 = core.tick(now)
        #expect(result18 == [.spawn(3, .pdf)])
        let result19 = core.died(3, .crashed, now: now)
        #expect(result19.isEmpty)
        now += .milliseconds(250)
        let result20 = core.tick(now)
        #expect(result20.isEmpty)
    }

    @Test("shutting down completes everything and kills everybody")
    func shutDown() {
        var core = core(workers: 1)
        let (running, _) = start(&core, a)
        let (waiting, _) = core.submit(key: b, lane: .tile, now: now)
        let actions = core.shutDown()
        #expect(actions.contains(.complete(running, .shutDown)) && actions.contains(.complete(waiting, .shutDown)))
        #expect(actions.contains(.kill(1)) && actions.contains(.kill(2)))
        let (late, refused) = core.submit(key: a, lane: .tile, now: now)
        #expect(refused == [.complete(late, .shutDown)])
    }

    @Test("a document of another kind goes on to a worker of that kind, which is started for it")
    func otherKind() {
        var core = core(workers: 1)
        let (id, first) = start(&core, a)
        let moved = core.answered(
            id, by: first ?? 0, failure: .otherKind(.raster), report: WorkerReport(), now: now)
        #expect(moved == [.spawn(3, .raster)])
        let sent = core.ready(3, now: now)
        #expect(sent == [.send(id, to: 3)])
        let done = finish(&core, id, 3)
        #expect(done == [.complete(id, nil)])
        // From now on it is known.
        let (again, worker) = start(&core, a)
        #expect(worker == 3)
        // Meanwhile a PDF has its own worker, but not its own place.
        let (_, waiting) = core.submit(key: b, lane: .tile, now: now)
        #expect(waiting.isEmpty)
        let next = finish(&core, again, 3)
        #expect(next.contains { if case .fetchSource = $0 { true } else { false } })
    }

    @Test("a worker that started for another kind goes when it has been idle for long")
    func idle() {
        var core = core(workers: 1)
        let (id, first) = start(&core, a)
        _ = core.answered(id, by: first ?? 0, failure: .otherKind(.drawing), report: WorkerReport(), now: now)
        _ = core.ready(3, now: now)
        _ = finish(&core, id, 3)
        let soon = core.tick(now + .seconds(299))
        #expect(soon.isEmpty)
        let later = core.tick(now + .seconds(301))
        #expect(later == [.retire(3)])
    }

    @Test("kinds that send a document back and forth do not do so for ever")
    func pingPong() {
        var core = core(workers: 1)
        let (id, first) = start(&core, a)
        var worker = first ?? 0
        var actions = core.answered(
            id, by: worker, failure: .otherKind(.raster), report: WorkerReport(), now: now)
        actions += core.ready(3, now: now)
        for round in 0..<10 where !actions.contains(where: { if case .complete = $0 { true } else { false } }) {
            worker = round.isMultiple(of: 2) ? 3 : 1
            actions = core.answered(
                id, by: worker, failure: .otherKind(worker == 3 ? .pdf : .raster), report: WorkerReport(), now: now)
        }
        #expect(actions.contains { if case .complete(id, _?) = $0 { true } else { false } })
    }

    @Test("tiles go before large pictures, but none of those starves")
    mutating func patience() {
        var core = core(workers: 1)
        let (running, _) = start(&core, a)
        let (large, _) = core.submit(key: a, lane: .bulk, now: now)
        let (tile, _) = core.submit(key: a, lane: .tile, now: now)
        let first = finish(&core, running, 1)
        #expect(first == [.complete(running, nil), .send(tile, to: 1)])
        now += .milliseconds(1001)
        let (late, _) = core.submit(key: a, lane: .tile, now: now)
        let second = finish(&core, tile, 1)
        #expect(second == [.complete(tile, nil), .send(large, to: 1)])
        let third = finish(&core, large, 1)
        #expect(third == [.complete(large, nil), .send(late, to: 1)])
    }

    @Test("a slow job of another kind does not keep others of that kind waiting")
    mutating func slowOtherKind() {
        var core = core(workers: 1)
        let (id, first) = start(&core, a)
        _ = core.answered(id, by: first ?? 0, failure: .otherKind(.raster), report: WorkerReport(), now: now)
        _ = core.ready(3, now: now)
        let (other, second) = start(&core, b)
        #expect(second == nil)
        now += .milliseconds(301)
        // What is not known to be of another kind is tried by the reserve first.
        let tried = core.tick(now)
        #expect(tried.contains(.fetchSource(other)))
        let sent = core.sourceArrived(for: other, now: now)
        guard case .send(other, let pdf)? = sent.first else {
            Issue.record("the job was not sent")
            return
        }
        let moved = core.answered(
            other, by: pdf, failure: .otherKind(.raster), report: WorkerReport(), now: now)
        guard case .spawn(let spawned, .raster)? = moved.first else {
            Issue.record("no second worker was started")
            return
        }
        let ready = core.ready(spawned, now: now)
        #expect(ready == [.send(other, to: spawned)])
    }
}
